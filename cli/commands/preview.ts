import { prepare, runEngine } from "../../release/deploy";
import { ReleaseError } from "../../release/errors";
import { readStack } from "../../release/stack";
import { chooseBranch } from "../branch";
import { changeLines } from "../changes";
import type { Values } from "../commands";
import { ExitCode } from "../exit";
import type { Output } from "../output";

/** Shows what `up` would change. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  chooseBranch(values);
  const stack = readStack(process.cwd(), String(values["stack"]));
  const engine = await prepare(stack, output);
  await preview(engine, stack.name, output);
  return ExitCode.Done;
}

/** Runs the engine's preview and tells the changes. */
export async function preview(
  engine: Awaited<ReturnType<typeof prepare>>,
  stack: string,
  output: Output,
): Promise<void> {
  const done = await runEngine(engine, ["preview", "--stack", stack, "--json"], output);
  if (done.exitCode !== 0) {
    throw new ReleaseError("failed", [`stack ${stack} cannot be planned`, ...done.errors].join("\n"));
  }
  output.result({ stack, changes: done.changes }, changeLines("would change", done.changes));
}
