import { setTimeout as pause } from "node:timers/promises";
import { ReleaseError } from "../errors";
import type { Progress } from "../progress";
import { type Fault, FAULT_NAMES, inflict } from "./faults";
import { lookAt, query } from "./instances";
import {
  type Acknowledgement,
  acknowledged,
  DRILL_TABLE,
  startWriting,
  stopWriting,
  type Target,
} from "./writer";

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

const STEADY = 30;
const LIMIT_SECONDS = 240;

/** Does something to the primary under write load, and measures what the application would see of it. */
export async function drillFailover(
  target: Target,
  fault: Fault,
  progress: Progress,
): Promise<FailoverResult> {
  const before = await lookAt(target);
  if (!before.healthy) {
    throw new ReleaseError("failed", `cluster ${target.cluster} is not healthy; a drill would make it worse`);
  }
  await stopWriting(target);
  await query(target, before.primary, `drop table if exists ${DRILL_TABLE}`);
  try {
    progress.step(`${FAULT_NAMES[fault]}: writing until it goes steadily`);
    await startWriting(target, before.image);
    await until(async () => (await acknowledged(target)).length >= STEADY, "nothing can be written");
    const began = Date.now();
    await inflict(fault, target, before);
    progress.step(`${FAULT_NAMES[fault]}: ${before.primary}, waiting until all instances are back`);
    await until(
      async () =>
        Date.now() - began > 3000 && (await lookAt(target)).healthy && (await since(target, began)) >= STEADY,
      "the cluster did not come back",
    );
    return await measure(target, fault, before.primary);
  } finally {
    await stopWriting(target);
  }
}

const since = async (target: Target, began: number) =>
  (await acknowledged(target)).filter(({ at }) => at > began + 3000).length;

async function until(done: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = Date.now() + LIMIT_SECONDS * 1000;
  while (!(await done())) {
    if (Date.now() > deadline) throw new ReleaseError("failed", `${otherwise} within ${LIMIT_SECONDS} s`);
    await pause(500);
  }
}

async function measure(target: Target, kind: Fault, primaryBefore: string): Promise<FailoverResult> {
  const acknowledgements = await acknowledged(target);
  await stopWriting(target);
  const { primary } = await lookAt(target);
  const kept = new Set(
    (await query(target, primary, `select id from ${DRILL_TABLE}`)).split("\n").map(Number),
  );
  await query(target, primary, `drop table ${DRILL_TABLE}`);
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
