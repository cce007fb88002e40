import { progressOf, who } from "../../release/refusals";
import { unlock } from "../../release/unlock";
import { confirm } from "../confirm";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Gives up what an interrupted run has left, so that another one can begin. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const stack = String(values["stack"]);
  await confirm(
    `Give up the unfinished run of stack ${stack}, if there is one?`,
    Boolean(values["yes"]),
    output,
  );
  const { unlocked, run } = await unlock(process.cwd(), stack, { force: Boolean(values["force"]) });
  const lines = [
    unlocked ? `stack ${stack} is unlocked` : `stack ${stack} was not locked`,
    ...(run === undefined ? [] : [`given up, ${progressOf(run)}: ${who(run)}`]),
  ];
  output.result({ stack, unlocked, ...(run === undefined ? {} : { run }) }, lines);
  return ExitCode.Done;
}
