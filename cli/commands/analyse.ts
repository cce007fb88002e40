import { type Analysis, analyse } from "../../release/analyse";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Looks at the sources with what this machine has, and writes reports. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const analysis = await analyse(process.cwd(), output);
  const { ran, notRun, reports } = analysis;
  const width = Math.max(...[...ran, ...notRun].map(({ analyser }) => analyser.length), 0);
  output.result({ ...analysis }, [
    ...ran.map(
      ({ analyser, errors, found }) =>
        `${errors > 0 ? "FAILED" : "ok    "} ${analyser.padEnd(width)}  ${found}`,
    ),
    ...notRunLines(notRun),
    "",
    `The reports are in reports/; for SonarQube: sonar-scanner -Dproject.settings=${reports.sonar}`,
  ]);
  if (ran.some(({ errors }) => errors > 0)) return ExitCode.Failed;
  return notRun.length > 0 && !values["allow-missing"] ? ExitCode.PartMissing : ExitCode.Done;
}

function notRunLines(notRun: Analysis["notRun"]): string[] {
  return notRun.map(({ analyser, lacks }) => {
    const parts = lacks.map(({ tool, how }) => `${tool} missing: ${how}`);
    return `not run: ${analyser} (${parts.join("; ")})`;
  });
}
