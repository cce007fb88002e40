import assert from "node:assert/strict";
import * as fc from "fast-check";
import { createRecordId, formatRecord, parseRecord } from "../../release/records";
import { digestOf, makeRecord } from "../support/records";

const times = fc.date({
  min: new Date("1970-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59Z"),
  noInvalidDate: true,
});

describe("a record of the ledger", () => {
  it("is one line, and reads back as it was", () => {
    const record = makeRecord({
      result: "failed",
      failedStep: "smoke",
      reason: 'GET / said "500"\nand more',
      replaces: digestOf("b"),
      pipeline: "https://ci.example.com/7",
    });
    const line = formatRecord(record);
    assert.ok(!line.includes("\n"));
    assert.deepEqual(parseRecord(line), record);
  });

  it("may have fields that a later version of this program added", () => {
    const record = { ...makeRecord(), weather: "fine" };
    assert.deepEqual(parseRecord(JSON.stringify(record)), record);
  });

  const BROKEN: readonly (readonly [name: string, line: string, reason: RegExp])[] = [
    ["cut off", formatRecord(makeRecord()).slice(0, -3), /^it is no JSON$/],
    ["a conflict's mark", "<<<<<<< ours", /^it is no JSON$/],
    ["another kind of value", "7", /^record: /],
    ["nothing in it", "{}", /^id: .*; operation: .*; stack: /],
    ["a tag for a digest", JSON.stringify(makeRecord({ digest: "latest" })), /^digest: /],
    ["a short digest", JSON.stringify(makeRecord({ digest: "sha256:abc" })), /^digest: /],
    ["a short commit", JSON.stringify(makeRecord({ commit: "abc1234" })), /^commit: /],
    ["a time of no zone", JSON.stringify(makeRecord({ began: "2026-07-01 10:00" })), /^began: /],
    ["another id", JSON.stringify(makeRecord({ id: "7" })), /^id: /],
    ["an unknown result", JSON.stringify({ ...makeRecord(), result: "maybe" }), /^result: /],
    ["no stack", JSON.stringify(makeRecord({ stack: "" })), /^stack: /],
  ];
  for (const [name, line, reason] of BROKEN) {
    it(`is refused with the reason: ${name}`, () => {
      const read = parseRecord(line);
      assert.match(typeof read === "string" ? read : "it was read", reason);
    });
  }

  it("has an id of its own that sorts by time", () => {
    assert.match(createRecordId("2026-07-01T10:11:12Z"), /^20260701T101112000Z-[0-9a-f]{8}$/);
    assert.notEqual(createRecordId("2026-07-01T10:11:12Z"), createRecordId("2026-07-01T10:11:12Z"));
    fc.assert(
      fc.property(times, times, (one, other) => {
        fc.pre(one.getTime() !== other.getTime());
        assert.equal(createRecordId(one) < createRecordId(other), one < other);
        assert.equal(typeof parseRecord(formatRecord(makeRecord({ id: createRecordId(one) }))), "object");
      }),
    );
  });
});
