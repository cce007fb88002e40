import { missingReleaseTools } from "../../../adapters/release-tools";
import { missingForEndToEnd, type MissingPart, notRunLine } from "../../support/parts";

/** Ends the whole run loudly when a part is missing: a suite that did not run must not look as if it had passed. */
export async function requireParts(): Promise<void> {
  endUnlessThere(await missingForEndToEnd());
}

/** The same for the way of an image from stack to stack, which needs the tools of the registries on top. */
export async function requireReleaseParts(): Promise<void> {
  endUnlessThere([...(await missingForEndToEnd()), ...missingReleaseTools()]);
}

function endUnlessThere(missing: readonly MissingPart[]): void {
  if (missing.length === 0) return;
  process.stdout.write(`${notRunLine("test:e2e", missing)}\n`);
  process.exit(3);
}
