import assert from "node:assert/strict";
import { ReleaseError } from "../../release/errors";
import { beginRun } from "../../release/journal";
import { appendRecord } from "../../release/ledger";
import { rollback } from "../../release/rollback";
import { Errands } from "../support/errands";
import { digestOf, makeRecord } from "../support/records";

const [ONE, TWO, THREE] = [digestOf("1"), digestOf("2"), digestOf("3")];
const VERSIONS = [
  "20260701.100000-master-1.0.0",
  "20260702.100000-master-1.0.0",
  "20260703.100000-master-1.0.0",
];

describe("a rollback", () => {
  let errands: Errands;
  let commit = "";

  beforeEach(async () => {
    errands = new Errands();
    await errands.start();
    commit = errands.commit(THREE);
    for (const [index, digest] of [ONE, TWO, THREE].entries()) {
      const ended = `2026-07-0${index + 1}T11:00:00.000Z`;
      await appendRecord(
        errands.directory,
        makeRecord({ digest, commit, ended, version: VERSIONS[index] ?? "" }),
      );
    }
  });
  afterEach(() => errands.stop());

  const goBack = (more: { readonly version?: string; readonly reason?: string } = {}) => {
    const { directory, address, progress } = errands;
    return rollback({ directory, stack: "test", address, takeOver: false, progress, ...more });
  };
  const last = async () => (await errands.records()).at(-1);

  it("deploys the last good image, proves it, tags it, and records what it left and why", async () => {
    const { record, url } = await goBack({ reason: "readers complained" });
    assert.equal(url, "http://test.example.com");
    assert.deepEqual(record, await last());
    const { operation, digest, version, replaces, reason } = record;
    assert.deepEqual(
      [operation, digest, version, replaces, reason],
      ["rollback", TWO, VERSIONS[1], THREE, "readers complained"],
    );
    assert.equal(errands.deployed("test"), TWO);
    assert.equal(errands.tagged("test", "test"), TWO);
  });

  it("goes to the version that is asked for", async () => {
    assert.equal((await goBack({ version: VERSIONS[0] ?? "" })).record.digest, ONE);
  });

  it("that fails its smoke test is recorded so; the next one goes to the same image, not one further", async () => {
    errands.broken.add(TWO);
    await assert.rejects(goBack(), /fails its smoke test too: GET \/: expected 200, came 500$/);
    assert.equal((await last())?.failedStep, "smoke");
    errands.broken.clear();
    const { record } = await goBack();
    assert.deepEqual([record.digest, record.replaces], [TWO, THREE]);
  });

  it("that was killed when its end was recorded already is not taken one image further", async () => {
    const plan = {
      operation: "rollback" as const,
      stack: "test",
      commit,
      version: VERSIONS[1] ?? "",
      digest: TWO,
      by: "ann",
      command: "stagewright rollback",
    };
    const run = await beginRun(errands.directory, plan);
    for (const name of ["deploy", "smoke", "tag-image"]) {
      await run.step(name, async () => ({
        repository: "test.registry.example.com/blog",
        digest: TWO,
        changes: {},
      }));
    }
    await run.leave();
    const ended = "2026-07-04T11:00:00.000Z";
    const noted = makeRecord({
      operation: "rollback",
      digest: TWO,
      commit,
      version: plan.version,
      ended,
      replaces: THREE,
    });
    await appendRecord(errands.directory, noted);
    assert.equal((await goBack()).record.digest, TWO);
  });

  for (const [what, stack, version, message] of [
    [
      "of a stack without history",
      "int",
      undefined,
      "nothing was ever released to stack int: stagewright status",
    ],
    [
      "to a version that was never good there",
      "test",
      "20260101.000000-master-9.9.9",
      `20260101.000000-master-9.9.9 was never good in stack test; it had ${VERSIONS.toReversed().join(", ")}`,
    ],
  ] as const) {
    it(`${what} is refused`, async () => {
      const { directory, progress } = errands;
      const asked = { directory, stack, takeOver: false, progress, ...(version ? { version } : {}) };
      await assert.rejects(rollback(asked), new ReleaseError("usage", message));
    });
  }

  it("is refused where every other image is held", async () => {
    for (const [index, digest, replaces] of [
      [1, TWO, THREE],
      [0, ONE, TWO],
    ] as const) {
      const left = { operation: "rollback", digest, replaces, version: VERSIONS[index] ?? "" } as const;
      const ended = `2026-07-0${5 - index}T11:00:00.000Z`;
      await appendRecord(errands.directory, makeRecord({ ...left, commit, ended }));
    }
    await assert.rejects(
      goBack(),
      new ReleaseError(
        "usage",
        `stack test has no good image but ${VERSIONS[0]}, which it runs, so there is none to go back to`,
      ),
    );
  });
});
