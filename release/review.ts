import { ask, findEngine } from "../adapters/engine";
import { unmergedBranches } from "../adapters/git-refs";
import { deploy, type Deployment, plan } from "./deploy";
import { destroy } from "./destroy";
import { ReleaseError } from "./errors";
import { ForeignState } from "./guard-home";
import { inRepository } from "./repository";
import { prepare } from "./prepare";
import type { Progress } from "./progress";
import { isReview, stackNameOf } from "./review-name";
import { removeReviewFile, writeReviewFile } from "./review-file";
import { readStack } from "./stack";

/** A review app, as the state backend knows it. */
export interface Review {
  readonly stack: string;
  /** When it was last changed. */
  readonly updated?: string;
  readonly resources: number;
}

/** Deploys the current commit as a review app; a second time it brings the app up to date. */
export async function reviewUp(directory: string, stack: string, progress: Progress): Promise<Deployment> {
  writeReviewFile(directory, stack);
  const declared = readStack(directory, stack);
  const engine = await prepare(declared, progress);
  await plan(engine, declared, progress);
  return deploy(engine, declared, progress);
}

/** Removes a review app with its data and its stack; gives whether there was one. */
export async function reviewDown(directory: string, stack: string, progress: Progress): Promise<boolean> {
  const known = (await listReviews(directory)).some((review) => review.stack === stack);
  if (known) {
    writeReviewFile(directory, stack);
    await destroy(readStack(directory, stack), true, progress);
    progress.step("forgetting the stack");
    const done = await ask(findEngine(directory), "stack", "rm", stack, "--yes");
    if (done.exitCode !== 0) {
      throw new ReleaseError(
        "failed",
        `everything is gone but the stack ${stack} itself: ${done.stderr.trim()}`,
      );
    }
  }
  removeReviewFile(directory, stack);
  return known;
}

/**
 * Removes the review apps of branches that the remote no longer has, or has merged; gives their stacks. Those of
 * another project, whose branches are elsewhere, stay.
 */
export async function reviewPrune(directory: string, progress: Progress): Promise<string[]> {
  const branches = await inRepository(directory, unmergedBranches);
  const open = new Set(branches.map(stackNameOf));
  const gone = (await listReviews(directory)).filter(({ stack }) => !open.has(stack));
  const removed: string[] = [];
  for (const { stack } of gone) {
    try {
      await reviewDown(directory, stack, progress);
      removed.push(stack);
    } catch (error) {
      if (!(error instanceof ForeignState)) throw error;
      removeReviewFile(directory, stack);
      progress.warn(error.message);
    }
  }
  return removed;
}

/** The review apps that there are. */
export async function listReviews(directory: string): Promise<Review[]> {
  const listed = await ask(findEngine(directory), "stack", "ls", "--json");
  if (listed.exitCode !== 0) {
    throw new ReleaseError("part missing", `the state backend does not answer: ${listed.stderr.trim()}`);
  }
  const stacks = JSON.parse(listed.stdout) as { name: string; lastUpdate?: string; resourceCount?: number }[];
  return stacks
    .map(({ name, lastUpdate, resourceCount = 0 }) => ({
      // Pulumi Cloud puts organisation and project before it.
      stack: name.split("/").at(-1) ?? name,
      ...(lastUpdate ? { updated: lastUpdate } : {}),
      resources: resourceCount,
    }))
    .filter(({ stack }) => isReview(stack));
}
