import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, REPORTS, type Reports } from "./analyser";
import { tally, type TestCase, toJUnit, toSonarTests } from "./test-reports";

/** Writes the reports of tests that ran and says what they found; `share` of the lines was reached. */
export function testOutcome(
  directory: string,
  runner: string,
  tests: readonly TestCase[],
  share: number,
  coverage: Reports,
): Outcome {
  const [junit, sonar] = [`${REPORTS}/junit-${runner}.xml`, `${REPORTS}/sonar-tests-${runner}.xml`];
  writeFileSync(join(directory, junit), toJUnit(runner, tests));
  writeFileSync(join(directory, sonar), toSonarTests(tests));
  const { passed, failed, skipped } = tally(tests);
  return {
    errors: failed,
    warnings: 0,
    found: `${passed} passed, ${failed} failed${firstFailed(tests)}, ${skipped} skipped; ${(share * 100).toFixed(1)} % of lines`,
    reports: { ...coverage, junit: [junit], tests: [sonar] },
  };
}

/** A log is often all that is left of a pipeline's run: it must name a test to begin with. */
function firstFailed(tests: readonly TestCase[]): string {
  const first = tests.find(({ outcome }) => outcome === "failed");
  return first ? ` (first: ${first.file}: ${first.name})` : "";
}
