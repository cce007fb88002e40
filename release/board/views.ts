import { findEngine } from "../../adapters/engine";
import { drift } from "../drift";
import type { DriftReport } from "../drift/report";
import { ReleaseError } from "../errors";
import type { Progress } from "../progress";
import type { DeclaredStack } from "../stack";
import type { Overview } from "../watched";
import type { StackView } from "./stack-card";

/** What the board shows of each stack, with a look for drift where it is wanted. */
export async function boardViews(
  { stacks, statuses, live }: Overview,
  withDrift: boolean,
  progress: Progress,
): Promise<StackView[]> {
  const views: StackView[] = [];
  for (const stack of stacks) {
    const status = statuses.find((status) => status.stack === stack.name);
    const found = live.find((live) => live.stack === stack.name);
    if (status === undefined || found === undefined) continue;
    // One after the other: each runs the engine.
    const report = withDrift ? await lookForDrift(stack, progress) : undefined;
    views.push({ status, live: found, ...(report === undefined ? {} : { drift: report }) });
  }
  return views;
}

/** A board that cannot tell of one stack's drift still tells of the rest. */
async function lookForDrift(stack: DeclaredStack, progress: Progress): Promise<DriftReport | string> {
  try {
    return await drift(findEngine(stack.directory), stack, progress);
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    progress.warn(error.message);
    return "could not be found out";
  }
}
