import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describeDifference, differences } from "../../../release/drift/difference";

describe("what differs of two values", () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  it("is none of a value and itself, and some of any two that differ", () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        assert.deepEqual(differences(one, structuredClone(one)), []);
        const same = differences(one, other).length === 0;
        if (same) assert.deepEqual(differences(other, one), []);
      }),
    );
  });

  it("never shows what is in data, variables or annotations, or goes by a secret's name", () => {
    for (const key of ["data", "stringData", "annotations", "env", "API_TOKEN", "db-password"]) {
      const found = differences({ [key]: { x: "old-value" } }, { [key]: { x: "new-value" } });
      const text = found.map((one) => describeDifference(one).text).join();
      assert.ok(text !== "" && !/old-value|new-value/.test(text), text);
    }
  });
});
