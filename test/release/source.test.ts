import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { releaseSource } from "../../release/source";
import { type Checkouts, makeCheckouts } from "../support/checkouts";
import { makeRecord } from "../support/records";

const VARIABLES = ["STAGEWRIGHT_BRANCH", "CI_COMMIT_REF_NAME", "BRANCH_NAME", "GITHUB_REF_NAME"];
const NAMES = [...VARIABLES, "GIT_CEILING_DIRECTORIES"];

describe("what is released", () => {
  let checkouts: Checkouts;
  let here = "";
  let before: readonly (string | undefined)[] = [];

  beforeEach(() => {
    before = NAMES.map((name) => process.env[name]);
    for (const name of VARIABLES) delete process.env[name];
    checkouts = makeCheckouts();
    here = checkouts.alone("here");
    process.env["GIT_CEILING_DIRECTORIES"] = dirname(here);
    setVersion("1.2.3");
  });
  afterEach(() => {
    for (const [index, name] of NAMES.entries()) {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    checkouts.remove();
  });

  function setVersion(version: string): void {
    writeFileSync(join(here, "package.json"), JSON.stringify({ version }));
    checkouts.git(here, "add", ".");
    checkouts.git(here, "commit", "-q", "-m", "Next");
  }
  const head = () => checkouts.git(here, "rev-parse", "HEAD");

  it("is the commit of the checkout, with the version computed from it", async () => {
    const source = await releaseSource(here, []);
    assert.equal(source.version, "20170717.111749-master-1.2.3");
    assert.equal(source.hash, head());
    assert.equal((await releaseSource(here, [], "topic/x")).version, "20170717.111749-topic-x-1.2.3");
    process.env["CI_COMMIT_REF_NAME"] = "ci";
    assert.equal((await releaseSource(here, [])).version, "20170717.111749-ci-1.2.3");
  });

  it("keeps the version that it was recorded with first, whatever is said now", async () => {
    const records = ["20170717.111749-topic-1.2.3", "20170717.111749-master-1.2.3"].map((version) =>
      makeRecord({ commit: head(), version }),
    );
    const others = [makeRecord({ version: "20170717.111749-other-1.2.3" }), ...records];
    assert.equal((await releaseSource(here, others, "main")).version, "20170717.111749-topic-1.2.3");
    checkouts.git(here, "checkout", "-q", "--detach");
    assert.equal((await releaseSource(here, others)).version, "20170717.111749-topic-1.2.3");
  });

  const REFUSED: readonly (readonly [
    name: string,
    kind: string,
    message: RegExp,
    prepare: () => string | void,
  ])[] = [
    [
      "a changed file",
      "usage",
      /^there are changes that commit [0-9a-f]{40} does not hold, .*git commit or git stash/,
      () => writeFileSync(join(here, "package.json"), '{"version":"9.9.9"}'),
    ],
    ["a new file", "usage", /^there are changes that commit/, () => writeFileSync(join(here, "new"), "")],
    [
      "a shallow clone",
      "usage",
      /^this clone is shallow, .*: git fetch --unshallow$/,
      () => {
        checkouts.git(checkouts.folder, "clone", "-q", "--depth=1", `file://${here}`, "shallow");
        return join(checkouts.folder, "shallow");
      },
    ],
    [
      "no branch",
      "usage",
      /^no branch is checked out, .*: --branch NAME$/,
      () => void checkouts.git(here, "checkout", "-q", "--detach"),
    ],
    [
      "a version that is none",
      "usage",
      /^package\.json: "1\.2" is no semantic version/,
      () => setVersion("1.2"),
    ],
    [
      "no commit",
      "part missing",
      /^there is no git commit here to be released: git commit$/,
      () => {
        const empty = join(checkouts.folder, "empty");
        mkdirSync(empty);
        checkouts.git(empty, "init", "-q");
        return empty;
      },
    ],
    [
      "no git checkout",
      "part missing",
      /is in no git checkout, .*: git init && git commit$/,
      () => rmSync(join(here, ".git"), { recursive: true }),
    ],
  ];
  for (const [name, kind, message, prepare] of REFUSED) {
    it(`is not ${name}, and the way out is said`, async () => {
      const directory = prepare() ?? here;
      await assert.rejects(releaseSource(directory, []), { kind, message });
    });
  }

  it("needs git", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    try {
      await assert.rejects(releaseSource(here, []), { kind: "part missing", message: /^git is not on PATH/ });
    } finally {
      process.env["PATH"] = path;
    }
  });
});
