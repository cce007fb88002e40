import assert from "node:assert/strict";
import * as fc from "fast-check";
import { heldDigests } from "../../release/holds";
import type { LiveStack } from "../../release/live";
import type { WebLive } from "../../release/live-web";
import type { DeploymentRecord } from "../../release/records";
import { isVerified, type StackStatus, statusOf, type WatchedStack } from "../../release/status";
import { record } from "../support/history";
import { digestOf } from "../support/records";

const NOW = new Date("2026-11-24T18:00:00Z");
const STACKS: readonly WatchedStack[] = [
  { stack: "test", environment: "test", soakMinutes: 0 },
  { stack: "int", environment: "int", from: "test", soakMinutes: 60 },
  { stack: "prod", environment: "prod", from: "int", soakMinutes: 0 },
];

const pods = (...letters: string[]): WebLive => ({
  deployment: "blog",
  ready: letters.length,
  desired: letters.length,
  digests: [...new Set(letters)].map((letter) => ({
    digest: digestOf(letter),
    pods: letters.filter((other) => other === letter).length,
  })),
  withoutImage: 0,
});
const running = (stack: string, web: LiveStack["web"]): LiveStack => ({
  stack,
  web,
  database: "none",
  drill: "none",
});

function statuses(
  records: readonly DeploymentRecord[],
  live: Readonly<Record<string, LiveStack["web"]>>,
): Record<string, StackStatus> {
  const lives = Object.entries(live).map(([stack, web]) => running(stack, web));
  return Object.fromEntries(statusOf(STACKS, records, lives, NOW).map((status) => [status.stack, status]));
}

const version = (letter: string) => record(0, "test", letter).version;

describe("the status of a stack", () => {
  const deployed = record(0, "test", "a");
  const broken = record(10, "test", "b", { result: "failed", failedStep: "smoke", reason: "GET /: 500" });

  const cases: [string, readonly DeploymentRecord[], LiveStack["web"], string, string][] = [
    [
      "verified: the pods run what was recorded",
      [deployed],
      pods("a", "a"),
      "verified",
      "2 pods run the recorded image",
    ],
    [
      "verified, although a later deployment failed",
      [deployed, broken],
      pods("a"),
      "verified",
      "1 pod runs the recorded image",
    ],
    [
      "differing: the pods run what failed",
      [deployed, broken],
      pods("b"),
      "differs",
      `${version("b")} runs and is of a deploy that failed at smoke; the ledger has ${version("a")}`,
    ],
    [
      "differing: the pods run an earlier image",
      [deployed, record(5, "test", "c")],
      pods("a"),
      "differs",
      `${version("a")} runs and is an earlier one; the ledger has ${version("c")}`,
    ],
    [
      "differing: the pods run what nobody recorded",
      [deployed],
      pods("d"),
      "differs",
      `dddddddddddd runs and was deployed outside of the ledger; the ledger has ${version("a")}`,
    ],
    [
      "mixed while pods run several images",
      [deployed],
      pods("a", "d", "a"),
      "mixed",
      `2 images at once: ${version("a")} in 2 pods, dddddddddddd in 1 pod`,
    ],
    [
      "outside of the ledger: something runs, and there is no record",
      [],
      pods("d"),
      "outside",
      "dddddddddddd runs, and was deployed outside of the ledger",
    ],
    [
      "that nothing runs, although it should",
      [deployed],
      "none",
      "nothing runs",
      `nothing runs; the ledger has ${version("a")}`,
    ],
    [
      "that nothing runs: a Deployment without pods",
      [deployed],
      pods(),
      "nothing runs",
      `nothing runs; the ledger has ${version("a")}`,
    ],
    [
      "not known where the cluster cannot be read",
      [deployed],
      "not reachable",
      "unknown",
      "the cluster cannot be read",
    ],
    ["not deployed where there is neither", [], "none", "not deployed", "nothing was deployed yet"],
  ];
  for (const [name, records, web, state, text] of cases) {
    it(`is ${name}`, () => {
      const { test } = statuses(records, { test: web });
      assert.deepEqual(test?.verdict, { state, text });
      assert.equal(test !== undefined && isVerified(test), ["verified", "not deployed"].includes(state));
    });
  }

  it("of a cluster that nobody looked at is not known", () => {
    assert.equal(statuses([deployed], {})["test"]?.verdict.state, "unknown");
  });

  it("counts since its image came, however often that was deployed again", () => {
    const first = record(3, "test", "a");
    const { test } = statuses([record(0, "test", "b"), first, record(9, "test", "a")], {});
    assert.equal(test?.since, first.ended);
  });

  it("is tested when the stack before it has proved the image, and built where there is none before", () => {
    const records = [deployed, broken, record(20, "int", "a"), record(30, "prod", "b")];
    const { test, int, prod } = statuses(records, {});
    assert.deepEqual([test?.tested, int?.tested, prod?.tested], ["built here", "yes", "no"]);
    assert.equal(statuses([deployed], {})["prod"]?.tested, "unknown");
  });

  it("has no image waiting that it has itself", () => {
    const { int } = statuses([deployed, record(20, "int", "a")], {});
    assert.equal(int?.waiting, undefined);
  });

  it("has what was proved before it waiting, and says until when that soaks", () => {
    const proved = record(330, "test", "c");
    const { int, prod } = statuses([deployed, record(20, "int", "a"), proved], {});
    assert.deepEqual(int?.waiting, {
      from: "test",
      commit: proved.commit,
      version: proved.version,
      digest: proved.digest,
      since: proved.ended,
      soaksUntil: "2026-11-24T18:30:00.000Z",
    });
    assert.equal(prod?.waiting?.digest, digestOf("a"));
    assert.equal(prod?.waiting?.soaksUntil, undefined);
  });

  it("does not have waiting what failed before it", () => {
    const { int } = statuses([deployed, record(20, "int", "a"), broken], {});
    assert.equal(int?.waiting, undefined);
  });

  it("tells of pods that are not ready, and of a failure with its reason", () => {
    const back = record(40, "prod", "a", {
      operation: "rollback",
      replaces: digestOf("b"),
      reason: "smoke failed",
    });
    const failed = record(50, "prod", "c", { result: "failed", failedStep: "deploy" });
    const { prod } = statuses([back, failed], { prod: { ...pods("a"), desired: 3, withoutImage: 2 } });
    assert.deepEqual(prod?.notes, [
      "1 of 3 pods ready",
      "2 without a running container",
      "last promote failed at deploy",
    ]);
  });

  it("tells of a rollback whose image is held no more", () => {
    const back = record(40, "prod", "a", {
      operation: "rollback",
      replaces: digestOf("b"),
      reason: "smoke failed",
    });
    const records = [back, record(45, "test", "b", { began: back.ended })];
    assert.deepEqual(statuses(records, {})["prod"]?.notes, ["rolled back: smoke failed"]);
    assert.deepEqual(statuses([back], {})["prod"]?.notes, []);
  });

  describe("where something was rolled back", () => {
    const bad = record(30, "int", "b");
    const back = record(40, "int", "a", {
      operation: "rollback",
      replaces: digestOf("b"),
      reason: "500 at /",
    });
    const before = [record(20, "test", "b"), bad, back];

    it("holds the bad image, with when and why, and says so where it would be waiting", () => {
      const { int, prod } = statuses(before, {});
      assert.deepEqual(int?.held, [
        { stack: "int", digest: digestOf("b"), version: bad.version, since: back.ended, reason: "500 at /" },
      ]);
      assert.equal(int?.waiting?.held, "500 at /");
      assert.deepEqual(prod?.held, []);
    });

    it("lets it go once it was deployed again on purpose", () => {
      const again = record(60, "int", "b");
      assert.deepEqual(heldDigests([...before, again]), []);
      assert.equal(heldDigests([...before, { ...again, result: "failed" }]).length, 1);
    });

    it("does not take for purpose what had begun before the rollback ended", () => {
      assert.equal(heldDigests([...before, { ...record(60, "int", "b"), began: bad.began }]).length, 1);
    });
  });

  it("never depends on the order in which records are given, and never says verified of another digest", () => {
    const anyRecord = fc
      .record({
        at: fc.integer({ min: 0, max: 300 }),
        stack: fc.constantFrom("test", "int", "prod"),
        letter: fc.constantFrom("a", "b", "c"),
        result: fc.constantFrom("succeeded" as const, "failed" as const),
        operation: fc.constantFrom("deploy" as const, "promote" as const, "rollback" as const),
      })
      .map(({ at, stack, letter, ...more }) => record(at, stack, letter, more));
    const letters = fc.array(fc.constantFrom("a", "b", "d"), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 12 }),
        letters,
        fc.infiniteStream(fc.double()),
        (records, web, order) => {
          const live = { test: pods(...web), int: pods(...web), prod: pods(...web) };
          const keyed = records.map((one) => [order.next().value as number, one] as const);
          const shuffled = keyed.toSorted(([one], [other]) => one - other).map(([, one]) => one);
          const found = statuses(shuffled, live);
          assert.deepEqual(found, statuses(records, live));
          for (const { verdict, deployed } of Object.values(found)) {
            if (verdict.state !== "verified") continue;
            assert.ok(web.every((letter) => digestOf(letter) === deployed?.digest));
          }
        },
      ),
    );
  });
});
