import { join } from "node:path";
import { checkAddress, urlOf } from "../../release/route";
import { smoke, SMOKE_SECONDS } from "../../release/smoke";
import { readRunningStack } from "../../release/stack";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Checks the real route of a stack, and runs the tests that its application ships. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const { directory, name, settings } = readRunningStack(process.cwd(), String(values["stack"]));
  const { checks, command, directory: folder = "." } = settings.release.smoke;
  const given = values["address"] ?? process.env["STAGEWRIGHT_ROUTE_ADDRESS"];
  const address = checkAddress(given === undefined ? undefined : String(given));
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
