import { GitError, openRepository, type Repository } from "../adapters/git";
import { onPath } from "../adapters/processes";
import type { Released } from "../environments/released";
import { ReleaseError } from "./errors";
import { livenessOf } from "./holder";
import { lastGood, readLedger } from "./ledger";
import type { Progress } from "./progress";
import { locked } from "./refusals";
import { findRun, type FoundRun } from "./run-state";

/**
 * Keeps a deployment of the configuration alone from coming in between a release, a promotion or a rollback of the same
 * stack, and from taking back what one of them brought since the image that is to be `kept` was read.
 *
 * @throws ReleaseError when one is under way, or has ended meanwhile.
 */
export async function guardRelease(
  directory: string,
  stack: string,
  kept: Released,
  progress: Pick<Progress, "warn">,
): Promise<void> {
  const repository = await guardUnlocked(directory, stack, progress);
  if (repository === undefined || kept.digest === undefined) return;
  const last = lastGood(await readLedger(directory, progress), stack);
  if (last === undefined || last.digest === kept.digest) return;
  throw new ReleaseError(
    "failed",
    `stack ${stack} took ${last.version} meanwhile, and this would bring ${kept.version} back; nothing was deployed: ` +
      `stagewright up --stack ${stack}`,
  );
}

/**
 * Keeps what would disturb them from a release, a promotion or a rollback of the stack: a smoke test that fails by it
 * would take a good commit back. Gives the repository that it looked into; where there is none, nothing is released.
 *
 * @throws ReleaseError when one is under way.
 */
export async function guardUnlocked(
  directory: string,
  stack: string,
  progress: Pick<Progress, "warn">,
): Promise<Repository | undefined> {
  const repository = onPath("git") ? await openRepository(directory) : undefined;
  if (repository === undefined) return undefined;
  const state = (await runOf(repository, stack, progress))?.state;
  if (state?.holder !== undefined && livenessOf(state.holder) !== "dead") throw locked(state);
  return repository;
}

/** A stack can be deployed without the remote that those share who release. */
async function runOf(
  repository: Repository,
  stack: string,
  progress: Pick<Progress, "warn">,
): Promise<FoundRun | undefined> {
  try {
    return await findRun(repository, stack);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    progress.warn(`whether stack ${stack} is being released cannot be seen: ${error.message}`);
    return undefined;
  }
}
