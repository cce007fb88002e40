import { plan } from "../../release/deploy";
import { prepare } from "../../release/prepare";
import { readStack } from "../../release/stack";
import { chooseBranch } from "../branch";
import { changeLines } from "../changes";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Shows what `up` would change. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  chooseBranch(values);
  const stack = readStack(process.cwd(), String(values["stack"]));
  const engine = await prepare(stack, output);
  const { changes } = await plan(engine, stack, output);
  output.result({ stack: stack.name, changes }, changeLines("would change", changes));
  return ExitCode.Done;
}
