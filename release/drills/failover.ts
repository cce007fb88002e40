import { ReleaseError } from "../errors";
import type { Progress } from "../progress";
import { type Fault, FAULT_NAMES, inflict, type InstanceFault } from "./faults";
import { lookAt, query } from "./instances";
import { type Cut, withoutNode } from "./node";
import { STEADY, takenOver, until, writtenSince } from "./waiting";
import {
  type Acknowledgement,
  acknowledged,
  DRILL_TABLE,
  startWriting,
  stopWriting,
  type Target,
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

/** Does something to the primary under write load, and measures what the application would see of it. */
export async function drillFailover(target: Target, harm: Harm, progress: Progress): Promise<FailoverResult> {
  const before = await lookAt(target);
  if (!before.healthy) {
    throw new ReleaseError("failed", `cluster ${target.cluster} is not healthy; a drill would make it worse`);
  }
  const what = FAULT_NAMES[harm.kind];
  await stopWriting(target);
  await query(target, before.primary, `drop table if exists ${DRILL_TABLE}`);
  try {
    progress.step(`${what}: writing until it goes steadily`);
    await startWriting(target, before.image, harm.kind === "node" ? harm.node : undefined);
    await until(async () => (await acknowledged(target)).length >= STEADY, "nothing can be written");
    let since = Date.now();
    if (harm.kind === "node") {
      await withoutNode(harm, progress, (check) => takenOver(target, before.primary, check));
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
    );
    return await measure(target, harm.kind, before.primary);
  } finally {
    await stopWriting(target);
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
