import assert from "node:assert/strict";
import { call } from "../support/call";
import { CliProject } from "../support/cli-project";

describe("stagewright destroy", () => {
  let project: CliProject;
  beforeEach(() => (project = new CliProject()));
  afterEach(() => project.remove());

  const refusal = "nobody is here to be asked; if it is meant, say so: --yes\n";

  it("asks, and where nobody can answer, wants --yes", async () => {
    assert.deepEqual(await call("destroy"), { code: 2, out: "", err: refusal });
    assert.deepEqual(await call("destroy", "--delete-data", "test"), { code: 2, out: "", err: refusal });
    assert.equal(project.engineWasCalled, false);
  });

  it("wants the stack's own name for its data, with --yes too", async () => {
    for (const name of ["prod", "Test", ""]) {
      assert.deepEqual(await call("destroy", "--yes", "--delete-data", name), {
        code: 2,
        out: "",
        err: `--delete-data takes the stack's name, test, not ${name}; nothing was changed\n`,
      });
    }
    assert.equal(project.engineWasCalled, false);
  });

  it("fails with what the engine said once it is meant, and never asks", async () => {
    const state = `case "$*" in "stack export"*) echo '{"deployment":{}}'; exit;; esac`;
    project.programs.write("pulumi", `${state}; echo 'error: locked' >&2; exit 255`);
    const { code, err } = await call("destroy", "--yes");
    assert.equal(code, 1);
    assert.equal(err, "stack test was not destroyed\nerror: locked\n");
    assert.deepEqual(project.programs.calls("pulumi"), [
      "stack export --stack test --non-interactive",
      "destroy --stack test --yes --skip-preview --exclude-protected --json --non-interactive",
    ]);
  });
});
