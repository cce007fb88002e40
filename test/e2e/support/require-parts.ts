import { missingForEndToEnd, notRunLine } from "../../support/parts";

/** Ends the whole run loudly when a part is missing: a suite that did not run must not look as if it had passed. */
export async function requireParts(): Promise<void> {
  const missing = await missingForEndToEnd();
  if (missing.length === 0) return;
  process.stdout.write(`${notRunLine("test:e2e", missing)}\n`);
  process.exit(3);
}
