import { findEngine } from "../../adapters/engine";
import { drift } from "../../release/drift";
import { describeDrift } from "../../release/drift/report";
import { readRunningStack } from "../../release/stack";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Says what has changed behind the engine's back. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const stack = readRunningStack(process.cwd(), String(values["stack"]));
  const { drifts, notCompared } = await drift(findEngine(stack.directory), stack, output);
  for (const reason of notCompared) output.warn(`not compared: ${reason}`);
  output.result(
    { stack: stack.name, drifts, notCompared },
    drifts.length === 0
      ? [`stack ${stack.name} is as it was deployed`]
      : [
          `stack ${stack.name} is not as it was deployed`,
          ...drifts.flatMap(describeDrift).map((line) => `  ${line}`),
        ],
  );
  return drifts.length === 0 ? ExitCode.Done : ExitCode.Failed;
}
