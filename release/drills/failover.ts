import { ReleaseError } from "../errors";
import type { Progress } from "../progress";
import { clearAway } from "./clearing";
import { type Fault, FAULT_NAMES, inflict, type InstanceFault } from "./faults";
import { type ClusterView, lookAt, query } from "./instances";
import { listenForInterruption } from "./interruption";
import { type Cut, withoutNode } from "./node";
import { STEADY, takenOver, until, writtenSince } from "./waiting";
import {
  type Acknowledgement,
  acknowledged,
  DRILL_TABLE,
  startWriting,
  stopWriting,
  type Target,
  writerName,
} from "./writer";

/** What is to be done to the primary, with what it needs. */
export type Harm = { readonly kind: InstanceFault } | ({ readonly kind: "node" } & Cut);

/** What a failover drill measured. */
export interface FailoverResult {
  readonly kind: Fault;
  readonly ended: string;
  readonly result: "passed" | "failed";
  /** The longest time between two acknowledged writes. */
  readonly outageSeconds: number;
  readonly acknowledged: number;
  /** Writes that were acknowledged and are gone. */
  readonly lost: number;
  readonly primaryBefore: string;
  readonly primaryAfter: string;
}

/** What comes of a fault may begin a moment after it. */
const MOMENT = 3000;
/** Milliseconds for each thing that is to be removed. */
const CLEARING = 30_000;

/**
 * Does something to the primary under write load, and measures what the application would see of it. Whatever comes of
 * it, the writing ends and its table is removed.
 *
 * @throws ReleaseError when it was interrupted, cannot be begun, or the cluster does not come back.
 */
export async function drillFailover(target: Target, harm: Harm, progress: Progress): Promise<FailoverResult> {
  const before = await lookAt(target);
  if (!before.healthy) {
    throw new ReleaseError("failed", `cluster ${target.cluster} is not healthy; a drill would make it worse`);
  }
  await stopWriting(target);
  await query(target, before.primary, `drop table if exists ${DRILL_TABLE}`);
  const interruption = listenForInterruption();
  const [drilled] = await Promise.allSettled([
    perform(target, harm, before, progress, () => interruption.check()),
  ]);
  const left = await clearAway(target, CLEARING).finally(() => interruption.close());
  for (const each of left) progress.warn(each);
  if (interruption.happened) {
    const done = left.length === 0 ? "the writing has ended and its table is removed" : "something is left";
    throw new ReleaseError("failed", `interrupted; ${done}`);
  }
  if (drilled.status === "rejected") throw drilled.reason;
  return drilled.value;
}

async function perform(
  target: Target,
  harm: Harm,
  before: ClusterView,
  progress: Progress,
  check: () => void,
): Promise<FailoverResult> {
  const what = FAULT_NAMES[harm.kind];
  progress.step(`${what}: writing until it goes steadily`);
  await startWriting(target, before.image, harm.kind === "node" ? harm.node : undefined);
  await until(async () => (await acknowledged(target)).length >= STEADY, "nothing can be written", check);
  let since = Date.now();
  if (harm.kind === "node") {
    await withoutNode(harm, progress, () => takenOver(target, before.primary, check));
    // What the node's return does to the writes counts as well.
    since = Date.now();
  } else {
    await inflict(harm.kind, target, before);
  }
  progress.step(`${what}: ${before.primary}, waiting until all instances are back`);
  await until(
    async () =>
      Date.now() > since + MOMENT &&
      (await lookAt(target)).healthy &&
      (await writtenSince(target, since + MOMENT)),
    "the cluster did not come back",
    check,
  );
  return measure(target, harm.kind, before.primary);
}

async function measure(target: Target, kind: Fault, primaryBefore: string): Promise<FailoverResult> {
  const acknowledgements = await acknowledged(target);
  // Of writes that nobody can read none would be lost.
  if (acknowledgements.length < STEADY) {
    throw new ReleaseError(
      "failed",
      `the log of ${writerName(target.cluster)} cannot be read any more; nothing was measured`,
    );
  }
  await stopWriting(target);
  const { primary } = await lookAt(target);
  const kept = new Set(
    (await query(target, primary, `select id from ${DRILL_TABLE}`)).split("\n").map(Number),
  );
  const lost = acknowledgements.filter(({ id }) => !kept.has(id)).length;
  return {
    kind,
    ended: new Date().toISOString(),
    result: lost === 0 ? "passed" : "failed",
    outageSeconds: longestGap(acknowledgements),
    acknowledged: acknowledgements.length,
    lost,
    primaryBefore,
    primaryAfter: primary,
  };
}

/** The longest time between two acknowledged writes, in seconds. */
export function longestGap(acknowledgements: readonly Acknowledgement[]): number {
  const gaps = acknowledgements.slice(1).map(({ at }, index) => at - (acknowledgements[index]?.at ?? at));
  return Math.max(0, ...gaps) / 1000;
}
