import assert from "node:assert/strict";
import { checkGrowth } from "../../environments/growth";
import { describeMistakes } from "../../environments/mistakes";

const live = { storage: "1Gi", walStorage: "512Mi" };
const check = (declared: Partial<typeof live>) => checkGrowth("int", live, { ...live, ...declared });

describe("volumes that exist", () => {
  it("may stay as they are, in other units too", () => {
    assert.deepEqual(check({}), []);
    assert.deepEqual(check({ storage: "1024Mi", walStorage: "0.5Gi" }), []);
    assert.deepEqual(checkGrowth("int", { ...live, storage: "1024Mi" }, live), []);
  });

  it("may grow", () => {
    assert.deepEqual(check({ storage: "1025Mi", walStorage: "1Gi" }), []);
    assert.deepEqual(check({ storage: "2G" }), []);
  });

  it("may not shrink, told with the size they have and the command that keeps it", () => {
    assert.equal(
      describeMistakes("int", check({ storage: "900Mi" })),
      `Pulumi.int.yaml: 1 mistake in the configuration of stack int

  database.storage
    found     "900Mi"
    expected  1Gi or more, which the volumes have now: they can only grow
    mend      pulumi config set --stack int --path database.storage 1Gi`,
    );
  });

  it("are compared by their sizes, not by their numbers or units", () => {
    // A decimal gigabyte is less than a binary one.
    assert.deepEqual(
      check({ storage: "1G" }).map(({ path }) => path),
      ["database.storage"],
    );
    assert.deepEqual(check({ storage: "2Ti" }), []);
  });

  it("are told all at once", () => {
    assert.deepEqual(
      check({ storage: "512Mi", walStorage: "1Mi" }).map(({ path, command }) => [path, command]),
      [
        ["database.storage", "pulumi config set --stack int --path database.storage 1Gi"],
        ["database.walStorage", "pulumi config set --stack int --path database.walStorage 512Mi"],
      ],
    );
  });
});
