import { ask, type Engine } from "../adapters/engine";
import { ReleaseError } from "./errors";

/** The image that a stack was last deployed with, and the commit that it belongs to. */
export interface StackImage {
  readonly repository: string;
  readonly digest: string;
  readonly commit: string;
  readonly version: string;
}

/** Reads from a stack's outputs what it was last deployed with. */
export async function readStackImage(engine: Engine, stack: string): Promise<StackImage> {
  const { exitCode, stdout, stderr } = await ask(engine, "stack", "output", "--stack", stack, "--json");
  if (exitCode !== 0) {
    throw new ReleaseError("failed", `the outputs of stack ${stack} cannot be read: ${stderr.trim()}`);
  }
  const { image, commit, version } = JSON.parse(stdout) as Record<string, unknown>;
  const [, repository, digest] = /^(.+)@(sha256:[0-9a-f]{64})$/.exec(String(image)) ?? [];
  if (!repository || !digest || typeof commit !== "string" || typeof version !== "string") {
    throw new ReleaseError(
      "failed",
      `stack ${stack} was not deployed yet, so it has no image: stagewright up --stack ${stack}`,
    );
  }
  return { repository, digest, commit, version };
}
