import { isHeld } from "./ledger";
import type { DeploymentRecord } from "./records";

/** A digest that a rollback has put aside: nothing takes it further by itself. */
export interface Hold {
  /** The stack that was rolled back. */
  readonly stack: string;
  readonly digest: string;
  /** The version that it was deployed as, where the ledger knows. */
  readonly version?: string;
  readonly since: string;
  readonly reason?: string;
}

/** The digests that are held, newest hold first; one that was deployed again on purpose is free. */
export function heldDigests(records: readonly DeploymentRecord[]): Hold[] {
  const newest = new Map<string, Hold>();
  for (const { operation, stack, replaces, ended, reason } of records) {
    if (operation !== "rollback" || replaces === undefined) continue;
    const version = records.find(({ digest }) => digest === replaces)?.version;
    newest.delete(replaces);
    newest.set(replaces, {
      stack,
      digest: replaces,
      since: ended,
      ...(version === undefined ? {} : { version }),
      ...(reason === undefined ? {} : { reason }),
    });
  }
  return [...newest.values()].filter(({ digest }) => isHeld(records, digest)).toReversed();
}
