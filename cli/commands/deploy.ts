import { deployStage } from "../../release/stages";
import { confirm } from "../confirm";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import { releaseRequest } from "../release-request";
import { tellStage } from "../stage";
import type { Values } from "../values";

/** Builds and deploys the current commit, and leaves it to be proved. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const request = releaseRequest(values, output);
  await confirm(`Deploy to stack ${request.stack}?`, Boolean(values["yes"]), output);
  tellStage(request, await deployStage(request), "smoke", output);
  return ExitCode.Done;
}
