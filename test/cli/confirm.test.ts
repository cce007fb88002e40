import assert from "node:assert/strict";
import { confirm } from "../../cli/confirm";
import { CliError, ExitCode } from "../../cli/exit";
import { createOutput } from "../../cli/output";
import { CliProject } from "../support/cli-project";

const refused = (error: unknown) => error instanceof CliError && error.exitCode === ExitCode.Usage;

describe("a question", () => {
  let project: CliProject;
  beforeEach(() => (project = new CliProject()));
  afterEach(() => project.remove());

  it("is not asked where it was answered by --yes", async () => {
    await confirm("Really?", true, createOutput(false));
    await confirm("Really?", true, createOutput(true));
  });

  it("cannot be asked without a terminal", async () => {
    await assert.rejects(confirm("Really?", false, createOutput(false)), refused);
  });

  it("is not asked of a program, even in a terminal", async () => {
    Object.defineProperty(process.stdin, "isTTY", { value: true, configurable: true });
    await assert.rejects(confirm("Really?", false, createOutput(true)), refused);
  });
});
