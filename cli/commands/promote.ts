import { promote } from "../../release/promote";
import { tellBrought } from "../brought";
import { confirm } from "../confirm";
import { CliError, ExitCode } from "../exit";
import type { Output } from "../output";
import { addressOf } from "../release-request";
import type { Values } from "../values";

/** Brings the image that a stack proved to the next one. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const { from, to } = values;
  if (typeof to !== "string") {
    throw new CliError("it is not said where to: stagewright promote --from test --to int", ExitCode.Usage);
  }
  await confirm(`Promote to stack ${to}?`, Boolean(values["yes"]), output);
  const brought = await promote({
    directory: process.cwd(),
    to,
    ...(typeof from === "string" ? { from } : {}),
    despiteHold: Boolean(values["despite-hold"]),
    ...addressOf(values),
    takeOver: Boolean(values["take-over"]),
    progress: output,
  });
  tellBrought(brought, output);
  return ExitCode.Done;
}
