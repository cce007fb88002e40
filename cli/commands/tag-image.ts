import { tagImageStage } from "../../release/stages";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import { releaseRequest } from "../release-request";
import { tellStage } from "../stage";
import type { Values } from "../values";

/** Signs what was proved, and names it by its version, which never moves, and by the stack. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const request = releaseRequest(values, output);
  tellStage(request, await tagImageStage(request), "tag-git", output);
  return ExitCode.Done;
}
