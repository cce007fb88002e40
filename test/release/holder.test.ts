import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type Holder, livenessOf, thisHolder } from "../../release/holder";

const here = thisHolder("ann");

describe("the holder of a lock", () => {
  it("is this process, who runs it, and nobody else however alike", () => {
    assert.equal(here.pid, process.pid);
    assert.equal(here.by, "ann");
    assert.ok(!("pipeline" in here));
    assert.equal(thisHolder("ann", "https://ci/7").pipeline, "https://ci/7");
    assert.notEqual(thisHolder("ann").nonce, here.nonce);
  });

  it("is alive as long as its process is", async () => {
    assert.equal(livenessOf(here), "alive");
    const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"]);
    const { started: _started, ...rest } = here;
    const holder: Holder = { ...rest, pid: child.pid ?? 0 };
    assert.equal(livenessOf(holder), "alive");
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(livenessOf(holder), "dead");
  });

  it("is alive where its process is somebody else's", () => {
    const { started: _started, ...rest } = here;
    assert.equal(livenessOf({ ...rest, pid: 1 }), "alive");
  });

  it("is dead where another process got its number", () => {
    // Only /proc tells when a process started.
    const expected = existsSync("/proc/self/stat") ? "dead" : "alive";
    assert.equal(livenessOf({ ...here, started: String(Number(here.started) - 1) }), expected);
  });

  const ELSEWHERE: readonly (readonly [where: string, change: Partial<Holder>])[] = [
    ["on another machine", { host: "ci-7" }],
    ["in another container, or before a restart", { space: "another" }],
  ];
  for (const [where, change] of ELSEWHERE) {
    it(`cannot be judged ${where}`, () => {
      assert.equal(livenessOf({ ...here, ...change, started: "1" }), "elsewhere");
    });
  }
});
