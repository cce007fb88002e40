import type { Finished } from "../../adapters/processes";
import { ReleaseError } from "../errors";

/** A linter that broke down itself, which says nothing about the sources. */
export function toolFailed(tool: string, { exitCode, stdout, stderr }: Finished): ReleaseError {
  const words = `${stderr.trim()}\n${stdout.trim()}`.trim().split("\n").slice(-20).join("\n");
  return new ReleaseError("failed", `${tool} itself failed (exit code ${exitCode}):\n${words}`);
}
