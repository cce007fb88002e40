import { tagGitStage } from "../../release/stages";
import { tellBrought } from "../brought";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import { releaseRequest } from "../release-request";
import type { Values } from "../values";

/** Tags the commit of what was proved, and records the deployment. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  tellBrought(await tagGitStage(releaseRequest(values, output)), output);
  return ExitCode.Done;
}
