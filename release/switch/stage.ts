import { ReleaseError } from "../errors";
import { type Member, saidOf } from "./member";

/** How far a switch is: nothing happened, the old one gave up writing, the new one was told to write, all is done. */
export type Stage = "before" | "demoted" | "promoted" | "done";

/** The command that does a switch, and goes on with one that was interrupted. */
export const switchCommand = (from: string, to: string) =>
  `stagewright switch-primary --from ${from} --to ${to}`;

/**
 * Reads off both databases how far a switch from one to the other is.
 *
 * @throws ReleaseError where they are in no state that a switch leads through.
 */
export function stageOf(old: Member, next: Member): Stage {
  if (old.source !== next.self || next.source !== old.self) {
    throw refused(
      `${old.self} and ${next.self} do not follow each other: they name ${old.source} and ${next.source}`,
    );
  }
  if (next.begun !== undefined) {
    throw refused(
      `a switch from ${next.self} to ${next.begun.to} began at ${next.begun.since} and is not finished; first: ` +
        switchCommand(next.stack, old.stack),
    );
  }
  const [oldWrites, nextWrites] = [old.primary === old.self, next.primary === next.self];
  if (oldWrites && nextWrites) {
    throw refused(
      `both ${old.self} and ${next.self} are written to: one was promoted without the other one's giving up, ` +
        "and one of them must be made anew: docs/runbooks/switch-primary.md",
    );
  }
  if (oldWrites) return "before";
  if (nextWrites) return old.begun === undefined ? "done" : "promoted";
  // Each may hold a token of an earlier switch, so only what was written down tells which one gave up last.
  if (old.begun?.to === next.self) return "demoted";
  throw refused(
    `neither ${old.self} nor ${next.self} is written to, and no switch from ${old.self} has begun: ` +
      "docs/runbooks/switch-primary.md",
  );
}

/** What stands against the beginning of a switch; nothing was changed yet. */
export function guardBeginning(old: Member, next: Member): void {
  for (const member of [old, next]) {
    if (!member.healthy) {
      throw refused(
        `${member.self} is not healthy: ${saidOf(member)}; look at it: ` +
          `kubectl describe cluster ${member.cluster} --namespace ${member.namespace}`,
      );
    }
    if (member.notArchiving !== undefined) {
      throw refused(
        `${member.self} does not archive its log, which the other one reads: ${member.notArchiving}`,
      );
    }
  }
  if (old.systemId !== next.systemId || old.systemId === undefined) {
    throw refused(
      `${next.self} is no copy of ${old.self}: their system identifiers are ` +
        `${next.systemId ?? "not known"} and ${old.systemId ?? "not known"}`,
    );
  }
}

function refused(message: string): ReleaseError {
  return new ReleaseError("failed", `nothing was changed: ${message}`);
}
