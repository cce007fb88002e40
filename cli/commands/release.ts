import { release } from "../../release/release";
import { tellBrought } from "../brought";
import { confirm } from "../confirm";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import { releaseRequest } from "../release-request";
import type { Values } from "../values";

/** Brings the current commit to the stack that builds images, through every stage. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const request = releaseRequest(values, output);
  await confirm(`Release to stack ${request.stack}?`, Boolean(values["yes"]), output);
  tellBrought(await release(request), output);
  return ExitCode.Done;
}
