import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  findCommit,
  GitError,
  isShallow,
  must,
  openRepository,
  readObjects,
  type Repository,
  said,
  writeBlob,
} from "../../adapters/git";
import { fetchRef, readLocalRef, readRef, swapRef } from "../../adapters/git-refs";
import { readTag, writeTag } from "../../adapters/git-tags";
import { type Checkouts, makeCheckouts } from "../support/checkouts";
import { fakePrograms } from "../support/programs";

const REF = "refs/stagewright/try";

describe("git", () => {
  let checkouts: Checkouts;
  let here: Repository;
  let there: Repository;
  let alone: Repository;

  beforeEach(() => {
    checkouts = makeCheckouts();
    checkouts.remote();
    here = { directory: checkouts.clone("here"), remote: "origin" };
    there = { directory: checkouts.clone("there", "--depth=1"), remote: "origin" };
    alone = { directory: checkouts.alone("alone") };
  });
  afterEach(() => checkouts.remove());

  it("knows a checkout, its remote, whether it is shallow, and its commits", async () => {
    assert.deepEqual(await openRepository(here.directory), here);
    assert.deepEqual(await openRepository(alone.directory), alone);
    const inside = join(here.directory, "apps", "shop");
    mkdirSync(inside, { recursive: true });
    assert.deepEqual(await openRepository(inside), { ...here, directory: inside, folder: "apps/shop" });
    checkouts.git(here.directory, "commit", "-q", "--allow-empty", "-m", "Second");
    checkouts.git(here.directory, "push", "-q");
    const shallow = { directory: checkouts.clone("shallow", "--depth=1") };
    assert.deepEqual([await isShallow(here), await isShallow(shallow)], [false, true]);
    const head = checkouts.git(here.directory, "rev-parse", "HEAD");
    assert.equal(await findCommit(here, head.slice(0, 10)), head);
    assert.equal(await findCommit(here, "d".repeat(40)), undefined);
  });

  it("says what failed and where, in one line and without credentials", async () => {
    await assert.rejects(must(alone.directory, ["merge-base", "no", "such"]), (error: unknown) => {
      assert.ok(error instanceof GitError);
      assert.match(error.message, /^git merge-base failed in .*alone: fatal: Not a valid/);
      return true;
    });
    const stderr = "fatal: 'https://ci:hunter2@example.com/x.git'\n\n  not found\n"; // not a secret: a sample
    assert.equal(said({ exitCode: 1, stdout: "", stderr }), "fatal: 'https://example.com/x.git'; not found");
  });

  it("keeps texts as they are, many at once", async () => {
    const texts = ["", "a", "line\nline\n", "grün 🚀\n", "\n\n", "x blob 3\n"];
    const blobs = await Promise.all(texts.map((text) => writeBlob(alone, text)));
    assert.deepEqual(await readObjects(alone, blobs), texts);
    assert.deepEqual(await readObjects(alone, []), []);
    await assert.rejects(
      readObjects(alone, [...blobs, "d".repeat(40)]),
      /objects are missing; see: git fsck/,
    );
  });

  it("keeps annotated tags, and tells them from anything else", async () => {
    const commit = checkouts.git(alone.directory, "rev-parse", "HEAD");
    const message = "first\n\nsecond: 1\n\nthird";
    assert.deepEqual(await readTag(alone, await writeTag(alone, "v", { commit, message })), {
      commit,
      message,
    });
    assert.equal(await readTag(alone, commit), undefined);
    assert.equal(await readTag(alone, "d".repeat(40)), undefined);
  });

  for (const kind of ["with", "without"] as const) {
    it(`makes, moves and removes a ref only from what was seen, ${kind} a remote`, async () => {
      const place = kind === "with" ? here : alone;
      const [one = "", two = ""] = await Promise.all(["one", "two"].map((text) => writeBlob(place, text)));
      assert.equal(await readRef(place, REF), undefined);
      assert.equal(await swapRef(place, REF, one, two), "moved");
      assert.equal(await swapRef(place, REF, undefined, one), "done");
      assert.equal(await swapRef(place, REF, undefined, two), "moved");
      assert.equal(await swapRef(place, REF, two, undefined), "moved");
      assert.equal(await readRef(place, REF), one);
      assert.equal(await swapRef(place, REF, one, two), "done");
      assert.equal(await swapRef(place, REF, one, two), "done", "an answer that was lost");
      assert.equal(await swapRef(place, REF, two, undefined), "done");
      assert.equal(await readRef(place, REF), undefined);
    });
  }

  it("takes one of many changes at once, and brings it to another checkout", async () => {
    const blobs = await Promise.all(["1", "2", "3", "4"].map((text) => writeBlob(here, text)));
    const swaps = await Promise.all(blobs.map((blob) => swapRef(here, REF, undefined, blob)));
    assert.deepEqual(swaps.toSorted(), ["done", "moved", "moved", "moved"]);
    const won = blobs[swaps.indexOf("done")] ?? "";
    assert.equal(await fetchRef(there, REF), won);
    assert.deepEqual(await readObjects(there, [won]), await readObjects(here, [won]));
    assert.equal(await readLocalRef(there, REF), undefined, "only the remote's ref counts");
  });

  it("makes a ref that somebody else had for as long as it took to be refused", async () => {
    const [one = "", two = ""] = await Promise.all(["1", "2"].map((text) => writeBlob(here, text)));
    assert.equal(await swapRef(here, REF, undefined, one), "done");
    const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
    const bare = join(checkouts.folder, "remote.git");
    const programs = fakePrograms();
    programs.write(
      "git",
      `${git} "$@"; code=$?; [ "$1" != push ] || ${git} -C ${bare} update-ref -d ${REF} ${one}; exit $code`,
    );
    try {
      assert.equal(await swapRef(here, REF, undefined, two), "done");
    } finally {
      programs.remove();
    }
  });

  for (const [part, kept] of [
    ["its commit", ["REF"]],
    ["its commit and its tree", ["REF", "REF^{tree}"]],
  ] as const) {
    it(`fetches what is here in part, ${part}, as while another process fetches it`, async () => {
      writeFileSync(join(here.directory, "book"), "text");
      checkouts.git(here.directory, "add", "book");
      checkouts.git(here.directory, "commit", "-q", "-m", "Book");
      const commit = checkouts.git(here.directory, "rev-parse", "HEAD");
      assert.equal(await swapRef(here, REF, undefined, commit), "done");
      for (const name of kept) {
        const object = checkouts.git(here.directory, "rev-parse", name.replace("REF", commit));
        const file = join(".git", "objects", object.slice(0, 2), object.slice(2));
        cpSync(join(here.directory, file), join(there.directory, file));
      }
      assert.equal(await fetchRef(there, REF), commit);
      assert.equal(checkouts.git(there.directory, "cat-file", "blob", `${commit}:book`), "text");
    });
  }

  it("does not run the hooks or follow the push settings of a person", async () => {
    checkouts.git(here.directory, "config", "push.followTags", "true");
    writeFileSync(join(here.directory, ".git", "hooks", "pre-push"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    checkouts.git(here.directory, "tag", "-a", "-m", "mine", "mine");
    const head = checkouts.git(here.directory, "rev-parse", "HEAD");
    assert.equal(await swapRef(here, REF, undefined, head), "done");
    assert.equal(await readRef(here, "refs/tags/mine"), undefined);
  });

  it("names the ref that cannot be written here", async () => {
    const blob = await writeBlob(alone, "x");
    await assert.rejects(
      swapRef(alone, "refs/bad..name", undefined, blob),
      /refs\/bad\.\.name cannot be written in/,
    );
  });
});
