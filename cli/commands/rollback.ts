import { rollback } from "../../release/rollback";
import { tellBrought } from "../brought";
import { confirm } from "../confirm";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import { releaseRequest } from "../release-request";
import type { Values } from "../values";

/** Takes a stack back to its last good image. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const request = releaseRequest(values, output);
  const { version, reason } = values;
  await confirm(`Take stack ${request.stack} back?`, Boolean(values["yes"]), output);
  const brought = await rollback({
    ...request,
    ...(typeof version === "string" ? { version } : {}),
    ...(typeof reason === "string" ? { reason } : {}),
  });
  tellBrought(brought, output);
  return ExitCode.Done;
}
