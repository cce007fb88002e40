import assert from "node:assert/strict";
import * as fc from "fast-check";
import { atLeastVersion } from "../../release/versions";

describe("a version that is at least another", () => {
  const TABLE: readonly (readonly [found: string, floor: string, enough: boolean])[] = [
    ["1.30.0", "1.30.0", true],
    ["1.30.1", "1.30.0", true],
    ["1.29.9", "1.30.0", false],
    ["1.100.0", "1.30.0", true],
    ["2.0.0", "1.30.0", true],
    ["0.99.99", "1.30.0", false],
    ["v1.33.1+k3s1", "1.30.0", true],
    ["1.30", "1.30.0", true],
    ["1", "1.30.0", false],
    ["1.30.0-rc1", "1.30.0", true],
    ["", "1.30.0", false],
    ["unknown", "0.0.1", false],
  ];
  for (const [found, floor, enough] of TABLE) {
    it(`${JSON.stringify(found)} is ${enough ? "" : "not "}at least ${floor}`, () => {
      assert.equal(atLeastVersion(found, floor), enough);
    });
  }

  it("is judged number by number, from the first on", () => {
    const number = fc.nat({ max: 2000 });
    const versions = fc.tuple(number, number, number);
    fc.assert(
      fc.property(versions, versions, (found, floor) => {
        const difference = found.map((part, index) => part - (floor[index] ?? 0)).find((part) => part !== 0);
        assert.equal(atLeastVersion(found.join("."), floor.join(".")), (difference ?? 0) >= 0);
      }),
    );
  });
});
