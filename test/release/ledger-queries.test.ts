import assert from "node:assert/strict";
import { firstVersion, isHeld, lastGood, previousGood, verifiedAt, waitingFor } from "../../release/ledger";
import type { DeploymentRecord } from "../../release/records";
import { digestOf, makeRecord } from "../support/records";

const at = (minute: number) => new Date(Date.UTC(2026, 6, 1) + minute * 60_000).toISOString();

/**
 * Records in their order, a minute apart. `test a` is a success of digest a there; `test a!` a failure;
 * `int a<b` a rollback from b to a; `int a~3` a success that began three minutes before it ended.
 */
function history(...entries: readonly string[]): readonly DeploymentRecord[] {
  return entries.map((entry, index) => {
    const [, stack = "", digest = "", failed, bad, took] =
      /^(\w+) (\w)(!)?(?:<(\w))?(?:~(\d))?$/.exec(entry) ?? [];
    return makeRecord({
      stack,
      digest: digestOf(digest),
      commit: digest.repeat(40),
      version: `20170717.111749-${digest}-1.2.${index}`,
      ended: at(index),
      began: at(index - Number(took ?? 0)),
      operation: bad === undefined ? "deploy" : "rollback",
      result: failed === undefined ? "succeeded" : "failed",
      ...(bad === undefined ? {} : { replaces: digestOf(bad) }),
    });
  });
}
const letter = (record: DeploymentRecord | undefined) => record?.digest.at(-1);
const letters = (records: readonly DeploymentRecord[]) => records.map(letter).join("");

describe("what the ledger says", () => {
  it("of a stack's last good deployment: the newest success there", () => {
    const records = history("test a", "int c", "test b", "test c!");
    assert.equal(letter(lastGood(records, "test")), "b");
    assert.equal(lastGood(records, "test"), records[2]);
    assert.equal(lastGood(records, "prod"), undefined);
    assert.equal(lastGood(history("test a!"), "test"), undefined);
  });

  const PREVIOUS: readonly (readonly [why: string, entries: string[], before: string, digest?: string])[] = [
    ["the one before", ["prod a", "prod b"], "b", "a"],
    ["not a failure", ["prod a", "prod b!", "prod c"], "c", "a"],
    ["not the same digest, deployed twice", ["prod a", "prod b", "prod b"], "b", "a"],
    ["not another stack's", ["prod a", "int c", "prod b"], "b", "a"],
    ["the last success, where the bad one failed", ["prod a", "prod b", "prod c!"], "c", "b"],
    ["not one that was rolled back", ["prod a", "prod b", "prod c", "prod b<c", "prod d"], "d", "b"],
    ["not the bad one, after a rollback from it", ["prod a", "prod b", "prod c", "prod b<c"], "b", "a"],
    ["nothing where there is nothing else", ["prod a"], "a"],
    ["nothing in an empty ledger", [], "a"],
  ];
  for (const [why, entries, before, digest] of PREVIOUS) {
    it(`of what to go back to: ${why}`, () => {
      assert.equal(letter(previousGood(history(...entries), "prod", digestOf(before))), digest);
    });
  }

  it("of a commit's version: the first that was recorded, a failure's too", () => {
    const records = history("test a!", "test a", "int a");
    assert.equal(firstVersion(records, "a".repeat(40)), "20170717.111749-a-1.2.0");
    assert.equal(firstVersion(records, "b".repeat(40)), undefined);
  });

  const HELD: readonly (readonly [why: string, held: boolean, entries: string[]])[] = [
    ["one that nobody rolled back", false, ["test b", "test a"]],
    ["one that was rolled back", true, ["test a", "test b", "test a<b"]],
    ["in another stack too", true, ["test b", "int a", "int b", "int a<b", "test c"]],
    ["by a rollback that failed", true, ["test a", "test b", "test a!<b"]],
    ["not the one that was gone back to", false, ["test b", "test a", "test b<a"]],
    ["not after it was deployed on purpose", false, ["test a", "test b", "test a<b", "test b"]],
    ["still, where that failed", true, ["test a", "test b", "test a<b", "test b!"]],
    ["still, where that had begun before the rollback", true, ["int b", "test b", "test a<b", "int b~2"]],
    ["still, after a rollback to it", true, ["test b", "test a<b", "test b<a"]],
    ["again, after a second rollback", true, ["test b", "test a<b", "test b", "test a<b"]],
  ];
  for (const [why, held, entries] of HELD) {
    it(`of a digest that is held: ${why}`, () => {
      assert.equal(isHeld(history(...entries), digestOf("b")), held);
    });
  }

  it("of when a digest was verified: its newest success there, whatever came since", () => {
    const records = history("test a", "test a", "test b", "test a!", "int a");
    assert.equal(verifiedAt(records, "test", digestOf("a")), records[1]);
    assert.equal(verifiedAt(records, "test", digestOf("c")), undefined);
    assert.equal(verifiedAt(records, "prod", digestOf("a")), undefined);
  });

  const WAITING: readonly (readonly [why: string, entries: string[], digests: string])[] = [
    ["all, where the next stage has nothing", ["test a", "test b"], "ab"],
    ["what is newer than there", ["test a", "int a", "test b", "test c"], "bc"],
    ["nothing where all is there", ["test a", "test b", "int b"], ""],
    ["not what was passed over", ["test a", "test b", "test c", "int c"], ""],
    ["not what failed", ["test a", "int a", "test b!"], ""],
    ["each once, by its newest success", ["test a", "int a", "test b", "test c", "test b"], "cb"],
    ["not what is held", ["test a", "int a", "test b", "test a<b"], ""],
    ["not what the next stage went back from", ["test a", "int a", "test b", "int b", "int a<b"], ""],
    ["still, where it failed there", ["test a", "int a", "test b", "int b!"], "b"],
    ["still, where the old one was deployed again", ["test a", "int a", "test b", "test a"], "b"],
    ["not what the next stage had once", ["int b", "test a", "int a", "test b"], ""],
  ];
  for (const [why, entries, digests] of WAITING) {
    it(`of what waits for the next stage: ${why}`, () => {
      assert.equal(letters(waitingFor(history(...entries), "test", "int")), digests);
    });
  }
});
