import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ReleaseError } from "../../release/errors";
import { appendRecord, LEDGER_REF, readLedger } from "../../release/ledger";
import type { DeploymentRecord } from "../../release/records";
import { type Checkouts, makeCheckouts } from "../support/checkouts";
import { makeRecord } from "../support/records";

const SECONDS = (count: number) => new Date(Date.UTC(2026, 6, 1, 10) + count * 1000).toISOString();

const ids = (records: readonly DeploymentRecord[]) => records.map(({ id }) => id).toSorted();
const failure = async (work: Promise<unknown>) => {
  const error = await work.then(() => undefined).catch((error: unknown) => error);
  assert.ok(error instanceof ReleaseError);
  return error;
};

describe("the ledger", () => {
  let checkouts: Checkouts;
  const warnings: string[] = [];
  const read = (directory: string) => readLedger(directory, { warn: (text) => warnings.push(text) });

  beforeEach(() => {
    checkouts = makeCheckouts();
    warnings.length = 0;
  });
  afterEach(() => checkouts.remove());

  it("is empty before anything was deployed", async () => {
    checkouts.remote();
    assert.deepEqual(await read(checkouts.clone("one")), []);
    assert.deepEqual(await read(checkouts.alone("two")), []);
  });

  it("gives what was added, the oldest first, and git shows it as a note of the commit", async () => {
    const here = checkouts.alone("here");
    const commit = checkouts.git(here, "rev-parse", "HEAD");
    const [one, two, three] = [3, 1, 2].map((time) => makeRecord({ commit, ended: SECONDS(time) }));
    assert.ok(one && two && three);
    for (const record of [one, two, three]) await appendRecord(here, record);
    assert.deepEqual(await read(here), [two, three, one]);
    const note = checkouts.git(here, "notes", "--ref", LEDGER_REF, "show", commit);
    assert.deepEqual(
      note.split("\n").map((line) => (JSON.parse(line) as DeploymentRecord).id),
      ids([one, two, three]),
    );
  });

  it("holds a record once, however often it is added", async () => {
    checkouts.remote();
    const here = checkouts.clone("here");
    const record = makeRecord();
    await appendRecord(here, record);
    const before = checkouts.git(here, "rev-parse", LEDGER_REF);
    await appendRecord(here, { ...record, by: "another" });
    assert.equal(checkouts.git(here, "rev-parse", LEDGER_REF), before);
    assert.deepEqual(await read(here), [record]);
  });

  it("tells apart the projects in the folders of one repository, and loses no record of another one", async () => {
    const here = checkouts.alone("here");
    const [blog, shop] = ["blog", "shop"].map((name) => join(here, "apps", name));
    assert.ok(blog && shop);
    for (const folder of [blog, shop]) mkdirSync(folder, { recursive: true });
    const [root, one, two] = [0, 1, 2].map((time) => makeRecord({ ended: SECONDS(time) }));
    assert.ok(root && one && two);
    await appendRecord(here, root);
    await appendRecord(blog, one);
    await appendRecord(shop, two);
    assert.deepEqual(await read(blog), [{ ...one, folder: "apps/blog" }]);
    assert.deepEqual(await read(shop), [{ ...two, folder: "apps/shop" }]);
    assert.deepEqual(await read(here), [root]);
  });

  it("is shared by way of the remote, and needs neither the commit here nor a name for the person", async () => {
    checkouts.remote();
    const [here, there] = [checkouts.clone("here"), checkouts.clone("there", "--depth=1")];
    writeFileSync(join(checkouts.folder, "gitconfig"), "[user]\nuseConfigOnly = true\n");
    const [one, two] = [makeRecord(), makeRecord({ ended: SECONDS(1), commit: "d".repeat(40) })];
    await appendRecord(here, one);
    await appendRecord(there, two);
    assert.deepEqual(ids(await read(here)), ids([one, two]));
    assert.deepEqual(ids(await read(checkouts.clone("later"))), ids([one, two]));
  });

  it("loses no record of many writers at once, in one checkout and in two", async () => {
    checkouts.remote();
    const [here, there] = [checkouts.clone("here"), checkouts.clone("there")];
    const records = Array.from({ length: 6 }, (_, index) => makeRecord({ ended: SECONDS(index) }));
    await Promise.all(records.map((record, index) => appendRecord(index % 3 ? here : there, record)));
    assert.deepEqual(ids(await read(here)), ids(records));
    assert.deepEqual(ids(await read(checkouts.clone("later"))), ids(records));
  });

  it("joins what was recorded without the remote with what others recorded meanwhile", async () => {
    const bare = checkouts.remote();
    const [here, there] = [checkouts.clone("here"), checkouts.clone("there")];
    const [one, two, three] = [1, 2, 3].map((time) => makeRecord({ ended: SECONDS(time) }));
    assert.ok(one && two && three);
    checkouts.git(here, "remote", "remove", "origin");
    await appendRecord(here, one);
    await appendRecord(there, two);
    checkouts.git(here, "remote", "add", "origin", `file://${bare}`);
    assert.deepEqual(await read(here), [one, two]);
    assert.deepEqual(await read(there), [two]);
    await appendRecord(here, three);
    assert.deepEqual(await read(there), [one, two, three]);
  });

  it("lets a broken line not count, names commit and line, and takes it mended", async () => {
    checkouts.remote();
    const [here, there] = [checkouts.clone("here"), checkouts.clone("there")];
    const commit = checkouts.git(here, "rev-parse", "HEAD");
    const record = makeRecord({ commit });
    await appendRecord(here, record);
    const note = (message: string) => {
      checkouts.git(here, "notes", "--ref", LEDGER_REF, "add", "-f", "-m", message, commit);
      checkouts.git(here, "push", "-q", "origin", LEDGER_REF);
    };
    note(`${JSON.stringify(record)}\n\n{"id":`);
    assert.deepEqual(await read(there), [record]);
    assert.deepEqual(warnings, [
      `a line of the ledger is no record and does not count (it is no JSON); commit ${commit}: {"id":\n` +
        `to mend it: git notes --ref ${LEDGER_REF} edit ${commit} && git push origin ${LEDGER_REF}`,
    ]);
    note(JSON.stringify(record));
    const next = makeRecord({ commit, ended: SECONDS(9) });
    await appendRecord(there, next);
    warnings.length = 0;
    assert.deepEqual(await read(here), [record, next]);
    assert.deepEqual(warnings, []);
  });

  it("does not believe a record that stands at another commit", async () => {
    const here = checkouts.alone("here");
    const record = makeRecord();
    checkouts.git(here, "notes", "--ref", LEDGER_REF, "add", "-m", JSON.stringify(record), "HEAD");
    assert.deepEqual(await read(here), []);
    assert.match(String(warnings[0]), /\(commit: it is the record of c{40}\)/);
  });

  it("refuses to keep what it could not read again", async () => {
    const here = checkouts.alone("here");
    await assert.rejects(appendRecord(here, makeRecord({ digest: "latest" })), /digest: .*it was: \{"id"/);
    assert.deepEqual(await read(here), []);
  });

  describe("where the remote does not do its part", () => {
    it("says once which ref it does not take, why, and the right that is needed", async () => {
      checkouts.remote();
      const here = checkouts.clone("here");
      checkouts.refuse("true", "You are not allowed to push");
      const { kind, message } = await failure(appendRecord(here, makeRecord()));
      assert.equal(kind, "failed");
      assert.equal(message.match(/refs\/notes\/stagewright:/g)?.length, 1);
      assert.match(
        message,
        /^origin does not take refs\/notes\/stagewright: \[remote rejected\] \(hook declined\); remote: You are not allowed to push\n/,
      );
      assert.match(
        message,
        /needs the right to push refs\/notes\/stagewright, refs\/stagewright\/\* and tags/,
      );
      checkouts.refuse("false", "");
      await appendRecord(here, makeRecord({ ended: SECONDS(9) }));
      assert.equal(
        (await read(checkouts.clone("later"))).length,
        2,
        "what was refused is pushed with the next",
      );
    });

    it("says that it does not answer, without the credentials in its address", async () => {
      const here = checkouts.alone("here");
      checkouts.git(here, "remote", "add", "origin", "http://user:hunter2@127.0.0.1:1/x.git"); // not a secret: a sample
      const { kind, message } = await failure(read(here));
      assert.equal(kind, "failed");
      assert.match(message, /^origin does not answer: .*127\.0\.0\.1/);
      assert.doesNotMatch(message, /hunter2/);
    });
  });

  it("is a missing part where there is no checkout", async () => {
    const before = process.env["GIT_CEILING_DIRECTORIES"];
    process.env["GIT_CEILING_DIRECTORIES"] = join(checkouts.folder, "..");
    try {
      await assert.rejects(read(checkouts.folder), {
        kind: "part missing",
        message: /git init && git commit$/,
      });
    } finally {
      if (before === undefined) delete process.env["GIT_CEILING_DIRECTORIES"];
      else process.env["GIT_CEILING_DIRECTORIES"] = before;
    }
  });
});
