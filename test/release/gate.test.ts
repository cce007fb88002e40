import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ReleaseError } from "../../release/errors";
import { pass, type Passage } from "../../release/gate";
import type { DeploymentRecord } from "../../release/records";
import { record } from "../support/history";
import { digestOf } from "../support/records";

const NOW = new Date("2026-11-24T18:00:00Z");
const passage: Passage = {
  from: "test",
  to: "int",
  commit: "a".repeat(40),
  soakMinutes: 0,
  despiteHold: false,
};
const proved = record(0, "test", "a");
const failed = record(10, "test", "a", { result: "failed", failedStep: "smoke", reason: "500" });
const rolledBack = record(20, "int", "b", {
  operation: "rollback",
  replaces: digestOf("a"),
  reason: "readers complained",
});

describe("the gate", () => {
  const open: readonly (readonly [
    string,
    readonly DeploymentRecord[],
    Partial<Passage>,
    DeploymentRecord,
  ])[] = [
    ["what was proved", [proved], {}, proved],
    ["the newest proof of a commit", [proved, record(5, "test", "b"), proved], {}, proved],
    [
      "what failed and was proved then",
      [failed, { ...proved, ended: failed.ended }],
      {},
      { ...proved, ended: failed.ended },
    ],
    ["what has run long enough", [proved], { soakMinutes: 360 }, proved],
    ["what was rolled back, when it is meant", [proved, rolledBack], { despiteHold: true }, proved],
    ["what was proved, whatever failed elsewhere", [proved, { ...failed, stack: "int" }], {}, proved],
  ];
  for (const [what, records, more, expected] of open) {
    it(`lets through ${what}`, () => {
      assert.deepEqual(pass(records, { ...passage, ...more }, NOW), expected);
    });
  }

  const closed: readonly (readonly [string, readonly DeploymentRecord[], Partial<Passage>, string])[] = [
    [
      "where nothing was proved",
      [],
      {},
      "commit aaaaaaaaaaaa may not go to int: stack test has no record of it\n" +
        "nothing was proved in test yet: stagewright release --stack test",
    ],
    [
      "a commit that only another stack proved",
      [record(0, "int", "a")],
      {},
      "commit aaaaaaaaaaaa may not go to int: stack test has no record of it\n" +
        "nothing was proved in test yet: stagewright release --stack test",
    ],
    [
      "what failed since, with what may pass instead, the newest first",
      [..."bcde"].map((letter, at) => record(at - 10, "test", letter)).concat(proved, failed),
      {},
      `commit aaaaaaaaaaaa may not go to int: it failed there at smoke on ${failed.ended}: 500\n` +
        "proved in test, newest first:\n" +
        [..."aed"]
          .map((letter) => record(0, "test", letter))
          .map(({ version, commit }) => `  ${version}: git checkout ${commit}`)
          .join("\n"),
    ],
    [
      "what failed without a word",
      [record(0, "test", "a", { result: "failed" })],
      {},
      "commit aaaaaaaaaaaa may not go to int: it failed there at an unknown step on 2026-11-24T12:00:00.000Z: " +
        "no reason was recorded\nnothing was proved in test yet: stagewright release --stack test",
    ],
    [
      "what was rolled back",
      [proved, rolledBack],
      {},
      `${proved.version} is held: stack int was rolled back from it on ${rolledBack.ended} by ada (readers complained); ` +
        "promote another commit, or, if it is meant: stagewright promote --from test --to int --despite-hold",
    ],
    [
      "what has not run long enough, nor if it was rolled back and is meant",
      [proved, rolledBack],
      { soakMinutes: 361, despiteHold: true },
      `${proved.version} has to run in stack test for 361 minutes before it may go to int; 1 are left, as it was proved ` +
        `at ${proved.ended}`,
    ],
  ];
  for (const [what, records, more, message] of closed) {
    it(`keeps out ${what}`, () => {
      assert.throws(() => pass(records, { ...passage, ...more }, NOW), new ReleaseError("failed", message));
    });
  }

  it("lets nothing through but a success of that very commit in that very stack, whatever was recorded", () => {
    const any = fc.record({
      at: fc.integer({ min: 0, max: 300 }),
      stack: fc.constantFrom("test", "int"),
      letter: fc.constantFrom("a", "b"),
      result: fc.constantFrom("succeeded" as const, "failed" as const),
      operation: fc.constantFrom("deploy" as const, "rollback" as const),
      replaces: fc.constantFrom(digestOf("a"), digestOf("b")),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), (given) => {
        const records = given
          .map(({ at, stack, letter, ...more }) => record(at, stack, letter, more))
          .toSorted((one, other) => (one.id < other.id ? -1 : 1));
        try {
          const { stack, commit, result, digest } = pass(records, passage, NOW);
          assert.deepEqual([stack, commit, result], ["test", passage.commit, "succeeded"]);
          const held = records.findLastIndex(
            ({ operation, replaces }) => operation === "rollback" && replaces === digest,
          );
          const since = records.slice(held + 1);
          assert.ok(
            held === -1 || since.some((one) => one.digest === digest && one.operation !== "rollback"),
          );
        } catch (error) {
          assert.ok(error instanceof ReleaseError && error.kind === "failed", String(error));
        }
      }),
    );
  });
});
