import type { Released } from "../../environments/released";
import { deploy, plan } from "../../release/deploy";
import { withReleased } from "../../release/deploy-image";
import { guardRelease } from "../../release/guard-release";
import { prepare } from "../../release/prepare";
import { proveBackup } from "../../release/prove-backup";
import { readRecordedImage } from "../../release/recorded-image";
import { readStack } from "../../release/stack";
import { chooseBranch } from "../branch";
import { changeLines } from "../changes";
import { confirm, requireAnswerable } from "../confirm";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Deploys the current commit to a stack and waits until it serves. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  chooseBranch(values);
  const yes = Boolean(values["yes"]);
  requireAnswerable(yes, output);
  const directory = process.cwd();
  const name = String(values["stack"]);
  const image = await readRecordedImage(directory, name, output);
  const guard = (kept: Released) => guardRelease(directory, name, kept, output);
  // The ledger was read just now.
  await guard({});
  return withReleased(image, () => deployStack(directory, name, yes, () => guard(image), output));
}

async function deployStack(
  directory: string,
  name: string,
  yes: boolean,
  guard: () => Promise<void>,
  output: Output,
): Promise<ExitCode> {
  const stack = readStack(directory, name);
  const engine = await prepare(stack, output);
  const planned = await plan(engine, stack, output);
  for (const line of changeLines("would change", planned.changes)) output.line(line);
  await confirm(`Deploy to stack ${stack.name}?`, yes, output);
  // Planning and the answer may have taken long.
  await guard();
  const { changes, outputs } = await deploy(engine, stack, output);
  const backup = await proveBackup(stack, String(outputs["databaseCluster"]), output);
  output.result({ stack: stack.name, changes, outputs, ...(backup ? { backup } : {}) }, [
    ...changeLines("changed", changes),
    "",
    ...Object.entries(outputs).map(([key, value]) => `  ${key.padEnd(21)} ${String(value)}`),
  ]);
  return ExitCode.Done;
}
