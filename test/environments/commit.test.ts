import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readCommit, readOrigin, versionOf } from "../../environments/commit";

const NOON = "2026-03-01T12:00:00+02:00";
const LATER = "2026-03-02T08:30:15Z";
const YEARS_AGO = "2001-01-01T00:00:00Z";

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

describe("the commit", () => {
  let folder = "";
  const outside = {
    config: process.env["GIT_CONFIG_GLOBAL"],
    ceiling: process.env["GIT_CEILING_DIRECTORIES"],
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "commit-"));
    process.env["GIT_CONFIG_GLOBAL"] = "/dev/null";
    process.env["GIT_CEILING_DIRECTORIES"] = dirname(folder);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    restore("GIT_CONFIG_GLOBAL", outside.config);
    restore("GIT_CEILING_DIRECTORIES", outside.ceiling);
  });

  /** The author's date is another one on purpose: the committer's counts. */
  function git(args: readonly string[], time = NOON): string {
    return execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, GIT_COMMITTER_DATE: time, GIT_AUTHOR_DATE: YEARS_AGO },
    }).trim();
  }
  function write(file: string, content = file): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  function commit(file: string, time = NOON, content = file): string {
    write(file, content);
    git(["add", "."]);
    git(["commit", "-q", "-m", file], time);
    return git(["rev-parse", "HEAD"]);
  }
  function begin(branch = "main"): string {
    git(["init", "-q", "-b", branch]);
    return commit("README.md");
  }

  describe("of a checkout", () => {
    it("has git's hash, and the time it was committed at", () => {
      const hash = begin();
      assert.deepEqual(readCommit(folder, {}), {
        hash,
        time: new Date("2026-03-01T10:00:00Z"),
        branch: "main",
        dirty: false,
        known: true,
      });
    });

    it("is the same from a folder inside", () => {
      const hash = begin();
      mkdirSync(join(folder, "deep"));
      assert.equal(readCommit(join(folder, "deep"), {}).hash, hash);
    });

    it("gives the version that people know", () => {
      begin("feature/login");
      assert.equal(versionOf(readCommit(folder, {}), "1.2.3"), "20260301.100000-feature-login-1.2.3");
    });

    it("is unknown where there is no git, or no commit yet", () => {
      const unknown = {
        hash: "unknown",
        time: new Date(0),
        branch: "unknown",
        dirty: false,
        known: false,
      };
      assert.deepEqual(readCommit(folder, { STAGEWRIGHT_BRANCH: "main" }), unknown);
      git(["init", "-q"]);
      assert.deepEqual(readCommit(folder, {}), unknown);
    });
  });

  describe("is on a branch", () => {
    const CI = { CI_COMMIT_REF_NAME: "gitlab", BRANCH_NAME: "jenkins", GITHUB_REF_NAME: "github" };

    it("that --branch names before anything else", () => {
      begin();
      assert.equal(readCommit(folder, { ...CI, STAGEWRIGHT_BRANCH: "said" }).branch, "said");
    });

    for (const [variable, branch] of Object.entries(CI)) {
      it(`that a CI system names in ${variable}`, () => {
        begin();
        assert.equal(readCommit(folder, { [variable]: branch }).branch, branch);
      });
    }

    it("that HEAD is on, where nobody names one or the variable is empty", () => {
      begin("feature/login");
      assert.equal(readCommit(folder, { STAGEWRIGHT_BRANCH: "", BRANCH_NAME: "" }).branch, "feature/login");
    });

    it("or on none: detached", () => {
      const hash = begin();
      git(["checkout", "-q", hash]);
      assert.equal(readCommit(folder, {}).branch, "detached");
      assert.equal(readCommit(folder, CI).branch, "gitlab");
    });

    it("that is read from the process's own variables unless others are given", () => {
      begin();
      const before = process.env["STAGEWRIGHT_BRANCH"];
      process.env["STAGEWRIGHT_BRANCH"] = "from-the-process";
      try {
        assert.equal(readCommit(folder).branch, "from-the-process");
      } finally {
        restore("STAGEWRIGHT_BRANCH", before);
      }
    });
  });

  describe("is dirty", () => {
    it("by a file that was modified", () => {
      begin();
      write("README.md", "changed");
      assert.equal(readCommit(folder, {}).dirty, true);
    });

    it("by a file that no commit knows", () => {
      begin();
      write("new/file");
      assert.equal(readCommit(folder, {}).dirty, true);
    });

    it("by what is staged alone", () => {
      begin();
      write("README.md", "changed");
      git(["add", "."]);
      assert.equal(readCommit(folder, {}).dirty, true);
    });

    it("but not by ignored files or new file times", () => {
      begin();
      commit(".gitignore", NOON, "ignored\n");
      write("ignored");
      write("README.md");
      assert.equal(readCommit(folder, {}).dirty, false);
    });
  });

  describe("that a folder comes from", () => {
    const app = "examples/blog";

    it("is the last one that touched it, with that commit's time", () => {
      begin();
      const hash = commit(`${app}/app.pl`, LATER);
      assert.deepEqual(readOrigin(folder, app), {
        revision: hash.slice(0, 12),
        created: "2026-03-02T08:30:15.000Z",
      });
    });

    it("stays the same whatever is committed elsewhere later", () => {
      begin();
      commit(`${app}/app.pl`);
      const before = readOrigin(folder, app);
      commit("docs/index.md", LATER);
      commit("examples/blogger/app.pl", LATER);
      assert.deepEqual(readOrigin(folder, app), before);
    });

    it("changes with the next commit that touches it", () => {
      begin();
      commit(`${app}/app.pl`);
      const hash = commit(`${app}/app.pl`, LATER, "other");
      assert.equal(readOrigin(folder, app).revision, hash.slice(0, 12));
    });

    it("is dirty by changes in it, and only by those", () => {
      begin();
      const hash = commit(`${app}/app.pl`);
      write("README.md", "changed");
      write("elsewhere");
      assert.equal(readOrigin(folder, app).revision, hash.slice(0, 12));
      write(`${app}/new.pl`);
      assert.equal(readOrigin(folder, app).revision, `${hash.slice(0, 12)}-dirty`);
      rmSync(join(folder, app, "new.pl"));
      write(`${app}/app.pl`, "changed");
      assert.equal(readOrigin(folder, app).revision, `${hash.slice(0, 12)}-dirty`);
    });

    it("is unknown where no commit touched it, and dated the same at every run", () => {
      assert.deepEqual(readOrigin(folder, app), { revision: "unknown", created: "1970-01-01T00:00:00.000Z" });
      begin();
      assert.deepEqual(readOrigin(folder, app), { revision: "unknown", created: "1970-01-01T00:00:00.000Z" });
    });
  });
});
