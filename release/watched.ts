import { readdirSync } from "node:fs";
import { readLedger } from "./ledger";
import { type LiveStack, readLive } from "./live";
import type { Progress } from "./progress";
import type { DeploymentRecord } from "./records";
import type { DeclaredStack } from "./stack";
import { type StackStatus, statusOf, type WatchedStack } from "./status";

/** Everything that is known of some stacks at one moment. */
export interface Overview {
  readonly at: Date;
  readonly stacks: readonly DeclaredStack[];
  readonly statuses: readonly StackStatus[];
  readonly live: readonly LiveStack[];
  readonly records: readonly DeploymentRecord[];
}

/** Reads the ledger and the clusters. */
export async function readOverview(
  directory: string,
  declared: readonly DeclaredStack[],
  progress: Progress,
): Promise<Overview> {
  const stacks = inOrder(declared);
  progress.step("reading the ledger");
  const records = await readLedger(directory, progress);
  progress.step(`looking at what runs in ${stacks.map(({ name }) => name).join(", ")}`);
  const live = await Promise.all(stacks.map(readLive));
  const at = new Date();
  return { at, stacks, statuses: statusOf(stacks.map(watched), records, live, at), live, records };
}

function watched({ name, settings }: DeclaredStack): WatchedStack {
  const { from, soakMinutes } = settings.release;
  return { stack: name, environment: settings.definition.name, soakMinutes, ...(from ? { from } : {}) };
}

/** The stacks that have a file here. */
export function declaredStacks(directory: string): string[] {
  return readdirSync(directory)
    .flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .toSorted();
}

/** A stack comes after the one that proves images for it. */
function inOrder(stacks: readonly DeclaredStack[]): DeclaredStack[] {
  const depth = (stack: DeclaredStack | undefined, seen: readonly string[] = []): number => {
    const from = stack?.settings.release.from;
    if (stack === undefined || from === undefined || seen.includes(from)) return 0;
    return (
      1 +
      depth(
        stacks.find(({ name }) => name === from),
        [...seen, stack.name],
      )
    );
  };
  const places = new Map(stacks.map((stack) => [stack.name, depth(stack)]));
  return stacks.toSorted((one, other) => (places.get(one.name) ?? 0) - (places.get(other.name) ?? 0));
}
