import { join } from "node:path";
import { urlOf } from "../../release/route";
import { smoke, SMOKE_SECONDS } from "../../release/smoke";
import { readRunningStack } from "../../release/stack";
import { isUnderWay, smokeStage } from "../../release/stages";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import { addressOf, releaseRequest } from "../release-request";
import { tellStage } from "../stage";
import type { Values } from "../values";

/** Checks the real route of a stack, and runs the tests that its application ships; a release under way goes on by it. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const request = releaseRequest(values, output);
  if (await isUnderWay(request.directory, request.stack)) {
    tellStage(request, await smokeStage(request), "tag-image", output);
    return ExitCode.Done;
  }
  return look(values, output);
}

async function look(values: Values, output: Output): Promise<ExitCode> {
  const { directory, name, settings } = readRunningStack(process.cwd(), String(values["stack"]));
  const { checks, command, directory: folder = "." } = settings.release.smoke;
  const { address } = addressOf(values);
  const { ok, failures, ...result } = await smoke({
    url: urlOf(settings),
    ...(address ? { address } : {}),
    checks,
    ...(command ? { command, directory: join(directory, folder) } : {}),
    progress: output,
    timeoutSeconds: SMOKE_SECONDS,
  });
  const asked = checks.length + (command === undefined ? 0 : 1);
  output.result(
    { stack: name, ok, failures, ...result },
    ok
      ? [`stack ${name} serves as it should: ${asked} of ${asked}`]
      : [`stack ${name} does not serve as it should:`, ...failures.map((line) => `  ${line}`)],
  );
  return ok ? ExitCode.Done : ExitCode.Failed;
}
