import { deploy, prepare } from "../../release/deploy";
import { readStack } from "../../release/stack";
import { chooseBranch } from "../branch";
import { changeLines } from "../changes";
import type { Values } from "../commands";
import { confirm } from "../confirm";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import { preview } from "./preview";

/** Deploys the current commit to a stack and waits until it serves. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  chooseBranch(values);
  const stack = readStack(process.cwd(), String(values["stack"]));
  if (!values["yes"]) {
    const engine = await prepare(stack, output);
    if (!output.json) await preview(engine, stack.name, output);
    await confirm(`Deploy to stack ${stack.name}?`, false, output);
  }
  const { changes, outputs } = await deploy(stack, output);
  output.result({ stack: stack.name, changes, outputs }, [
    ...changeLines("changed", changes),
    "",
    ...Object.entries(outputs).map(([key, value]) => `  ${key.padEnd(21)} ${String(value)}`),
  ]);
  return ExitCode.Done;
}
