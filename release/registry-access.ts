import { RegistryError } from "../adapters/registry-error";
import { missingReleaseTools, type ReleaseTool } from "../adapters/release-tools";
import { ReleaseError } from "./errors";

/** Stops before anything is done when a tool is missing. */
export function requireTools(...tools: ReleaseTool[]): void {
  const missing = missingReleaseTools(tools);
  if (missing.length === 0) return;
  const lines = missing.map(({ part, how }) => `  ${part}: not on PATH\n    ${how}`);
  throw new ReleaseError("part missing", ["a part is missing:", ...lines].join("\n"));
}

/** Tells what a registry refuses as a failure of the work at hand. */
export async function atRegistry<T>(failure: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RegistryError) throw new ReleaseError("failed", `${failure}: ${error.message}`);
    throw error;
  }
}
