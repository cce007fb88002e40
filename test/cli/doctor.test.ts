import assert from "node:assert/strict";
import { linesOf } from "../../cli/commands/doctor";

describe("what the doctor prints", () => {
  it("has each part in one column, and under it the command that brings it or what is advised", () => {
    const lines = linesOf([
      { part: "git", ok: true, found: "on PATH" },
      { part: "kubectl", ok: false, found: "not on PATH", command: "apt-get install kubectl" },
      {
        part: "operator",
        ok: true,
        found: "1.30.0",
        advice: { text: "it waits for long", command: "kubectl set env …" },
      },
    ]);
    assert.deepEqual(lines, [
      "ok      git       on PATH",
      "MISSING kubectl   not on PATH",
      "                  apt-get install kubectl",
      "ok      operator  1.30.0",
      "                  advice: it waits for long:",
      "                  kubectl set env …",
    ]);
  });
});
