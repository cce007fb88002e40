import { destroy } from "../../release/destroy";
import { readRunningStack } from "../../release/stack";
import { changeLines } from "../changes";
import { confirm } from "../confirm";
import { CliError, ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Removes a stack; retained data stays unless the stack's name is said a second time. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const stack = readRunningStack(process.cwd(), String(values["stack"]));
  const named = values["delete-data"];
  if (named !== undefined && named !== stack.name) {
    throw new CliError(
      `--delete-data takes the stack's name, ${stack.name}, not ${String(named)}; nothing was changed`,
      ExitCode.Usage,
    );
  }
  const what = named === undefined ? "Destroy" : "Destroy, with all its data,";
  await confirm(`${what} stack ${stack.name}?`, Boolean(values["yes"]), output);
  const { changes, left } = await destroy(stack, named !== undefined, output);
  const kept = [
    `left, as it is protected or retained: ${left.join(", ")}`,
    `\`stagewright up --stack ${stack.name}\` takes it back; to remove it with all its data: ` +
      `stagewright destroy --stack ${stack.name} --delete-data ${stack.name}`,
  ];
  output.result({ stack: stack.name, changes, left }, [
    ...changeLines("changed", changes),
    ...(left.length > 0 ? kept : []),
  ]);
  return ExitCode.Done;
}
