import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, parsed } from "../support/call";
import { CliProject } from "../support/cli-project";

describe("stagewright unlock", () => {
  let project: CliProject;
  beforeEach(() => (project = new CliProject()));
  afterEach(() => project.remove());

  /** Lets a stack be locked by somebody's run. */
  const lock = (state: object, stack = "int") => {
    project.commit();
    writeFileSync(join(project.folder, "run.json"), JSON.stringify(state));
    const run = project.git("hash-object", "-w", "run.json");
    project.git("update-ref", `refs/stagewright/runs/${stack}`, run);
  };

  const elsewhere = {
    operation: "promote",
    stack: "int",
    version: "20170717.111749-master-1.2.3",
    began: "2026-07-01T10:00:00.000Z",
    holder: { host: "ci-7", pid: 12, by: "ann", pipeline: "https://ci.example.com/7" },
    done: [{ name: "copy", ended: "2026-07-01T10:00:01.000Z" }],
  };

  it("says so where there is nothing to unlock", async () => {
    project.commit();
    const { code, out } = await call("unlock", "--stack", "int", "--yes");
    assert.deepEqual([code, out], [0, "stack int was not locked\n"]);
  });

  it("gives the run up, and tells what it was", async () => {
    lock(elsewhere);
    const { code, out } = await call("unlock", "--stack", "int", "--yes");
    assert.equal(code, 0);
    assert.equal(
      out,
      "stack int is unlocked\ngiven up, done so far: copy: promote of 20170717.111749-master-1.2.3 by ann " +
        "on ci-7, process 12, since 2026-07-01T10:00:00.000Z, https://ci.example.com/7\n",
    );
    const again = parsed((await call("unlock", "--stack", "int", "--yes", "--json")).out);
    assert.deepEqual(again, [{ event: "result", stack: "int", unlocked: false }]);
  });

  it("asks first, and changes nothing where nobody answers", async () => {
    lock(elsewhere);
    assert.equal((await call("unlock", "--stack", "int")).code, 2);
    assert.match((await call("unlock", "--stack", "int", "--yes")).out, /^stack int is unlocked\n/);
  });

  it("is what up waits for, which would come in between", async () => {
    lock({ ...elsewhere, stack: "test" }, "test");
    const { code, err } = await call("up", "--yes");
    assert.equal(code, 1);
    assert.match(
      err,
      /^stack test is locked: promote of .* on ci-7, .*\n.*: stagewright unlock --stack test\n$/,
    );
    assert.equal(project.engineWasCalled, false);
  });

  it("wants --force for what it cannot read", async () => {
    lock({ something: "else" });
    const { code, err } = await call("unlock", "--stack", "int", "--yes");
    assert.equal(code, 1);
    assert.match(err, /cannot read; .*: stagewright unlock --stack int --force\n$/);
    assert.equal((await call("unlock", "--stack", "int", "--yes", "--force")).code, 0);
  });
});
