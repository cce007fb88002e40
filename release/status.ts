import { type Hold, heldDigests } from "./holds";
import { lastGood } from "./ledger";
import { isFound, type LiveStack } from "./live";
import type { DeploymentRecord } from "./records";
import { judge, type Verdict } from "./verdict";

/** A stack, as far as its status depends on how it is declared. */
export interface WatchedStack {
  readonly stack: string;
  readonly environment: string;
  /** The stack that proves images for this one. */
  readonly from?: string;
  readonly soakMinutes: number;
}

/** What was proved upstream and is not here yet. */
export interface Waiting {
  readonly from: string;
  readonly commit: string;
  readonly version: string;
  readonly digest: string;
  /** When it was proved. */
  readonly since: string;
  /** Until when it must run there; absent once that is over. */
  readonly soaksUntil?: string;
  /** Why it may not come, where it is held. */
  readonly held?: string;
}

/** Which commit runs in a stack, since when, whether it is what was tested, and what is waiting. */
export interface StackStatus {
  readonly stack: string;
  readonly environment: string;
  /** The last good deployment; absent where there is none. */
  readonly deployed?: DeploymentRecord;
  /** Since when its image has been the stack's. */
  readonly since?: string;
  readonly verdict: Verdict;
  /** Whether the stack that proves images for this one has proved this image. */
  readonly tested: "yes" | "no" | "built here" | "unknown";
  readonly waiting?: Waiting;
  readonly held: readonly Hold[];
  /** What a person should know beside it. */
  readonly notes: readonly string[];
}

/** Derives the status of stacks from the ledger and from what runs. */
export function statusOf(
  stacks: readonly WatchedStack[],
  records: readonly DeploymentRecord[],
  live: readonly LiveStack[],
  now: Date,
): StackStatus[] {
  const ordered = records.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const holds = heldDigests(ordered);
  return stacks.map((watched) => {
    const web = live.find(({ stack }) => stack === watched.stack)?.web ?? "not reachable";
    const own = ordered.filter(({ stack }) => stack === watched.stack);
    const deployed = lastGood(own, watched.stack);
    const held = holds.filter(({ stack }) => stack === watched.stack);
    const waiting = waitingFor(watched, deployed, ordered, holds, now);
    return {
      stack: watched.stack,
      environment: watched.environment,
      ...(deployed ? { deployed, since: sinceWhen(own, deployed) } : {}),
      verdict: judge(web, deployed, ordered),
      tested: wasTested(watched, deployed, ordered),
      ...(waiting ? { waiting } : {}),
      held,
      notes: [...notesOfPods(web), ...notesOfRecords(own, deployed, held)],
    };
  });
}

/** Whether what runs is what the ledger says, or nothing was ever to run. */
export const isVerified = ({ verdict }: StackStatus) =>
  verdict.state === "verified" || verdict.state === "not deployed";

const succeeded = ({ result }: DeploymentRecord) => result === "succeeded";

/** Deploying the same image again does not begin anew. */
function sinceWhen(own: readonly DeploymentRecord[], deployed: DeploymentRecord): string {
  const good = own.filter(succeeded);
  const before = good.findLastIndex(({ digest }) => digest !== deployed.digest);
  return good[before + 1]?.ended ?? deployed.ended;
}

function wasTested(
  { from }: WatchedStack,
  deployed: DeploymentRecord | undefined,
  records: readonly DeploymentRecord[],
): StackStatus["tested"] {
  if (from === undefined) return "built here";
  if (deployed === undefined) return "unknown";
  const proved = records.some(
    (record) => record.stack === from && record.digest === deployed.digest && succeeded(record),
  );
  return proved ? "yes" : "no";
}

function waitingFor(
  { from, soakMinutes }: WatchedStack,
  deployed: DeploymentRecord | undefined,
  records: readonly DeploymentRecord[],
  holds: readonly Hold[],
  now: Date,
): Waiting | undefined {
  const upstream = records.filter((record) => record.stack === from);
  const proved = from === undefined ? undefined : lastGood(upstream, from);
  if (from === undefined || proved === undefined || proved.digest === deployed?.digest) return undefined;
  const hold = holds.find(({ digest }) => digest === proved.digest);
  const { commit, version, digest } = proved;
  const since = sinceWhen(upstream, proved);
  const until = Date.parse(since) + soakMinutes * 60_000;
  return {
    from,
    commit,
    version,
    digest,
    since,
    ...(until > now.getTime() ? { soaksUntil: new Date(until).toISOString() } : {}),
    ...(hold ? { held: hold.reason ?? `rolled back in ${hold.stack}` } : {}),
  };
}

function notesOfPods(web: LiveStack["web"]): string[] {
  if (!isFound(web)) return [];
  const { ready, desired, withoutImage } = web;
  return [
    ...(ready < desired ? [`${ready} of ${desired} pods ready`] : []),
    ...(withoutImage > 0 ? [`${withoutImage} without a running container`] : []),
  ];
}

const because = (reason?: string) => (reason ? `: ${reason}` : "");

function notesOfRecords(
  own: readonly DeploymentRecord[],
  deployed: DeploymentRecord | undefined,
  held: readonly Hold[],
): string[] {
  const last = own.at(-1);
  return [
    // What is held tells of its rollback already.
    ...(deployed?.operation === "rollback" && held.length === 0
      ? [`rolled back${because(deployed.reason)}`]
      : []),
    ...(last?.result === "failed"
      ? [
          `last ${last.operation} failed${last.failedStep ? ` at ${last.failedStep}` : ""}${because(last.reason)}`,
        ]
      : []),
  ];
}
