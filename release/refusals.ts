import { ReleaseError } from "./errors";
import type { RunState } from "./run-state";

/** Someone else works on the stack. */
export function locked(state: RunState): ReleaseError {
  return new ReleaseError(
    "failed",
    `stack ${state.stack} is locked: ${who(state)}\n` +
      `wait until it has ended; if it is dead: ${unlockCommand(state.stack)}`,
  );
}

/** An interrupted run of something else must be settled first. */
export function unfinished(state: RunState): ReleaseError {
  return new ReleaseError(
    "failed",
    `stack ${state.stack} has an unfinished run, ${progressOf(state)}: ${who(state)}\n` +
      `to resume it: ${state.command}\nto give it up: ${unlockCommand(state.stack)}`,
  );
}

/** The lock went while the run had it. */
export function lost(state: RunState, doing: string): ReleaseError {
  return new ReleaseError(
    "failed",
    `stack ${state.stack} was unlocked by someone while this run had it (${doing}); it stops here and records nothing; ` +
      `what the stack runs now: stagewright status --stacks ${state.stack}`,
  );
}

/** Something is there that is no run. */
export function unreadable(stack: string): ReleaseError {
  return new ReleaseError(
    "failed",
    `stack ${stack} is locked by something that this version cannot read; ` +
      `if nothing works on it: ${unlockCommand(stack)} --force`,
  );
}

/** How far a run came. */
export function progressOf({ done }: RunState): string {
  return done.length === 0 ? "with no step done" : `done so far: ${done.map(({ name }) => name).join(", ")}`;
}

/** What a run is, who runs it, where, and since when. */
export function who({ operation, version, digest, began, holder }: RunState): string {
  const what = `${operation} of ${version}${digest === undefined ? "" : ` (${digest})`}`;
  const whose = holder ? ` by ${holder.by} on ${holder.host}, process ${holder.pid},` : ", which failed,";
  return `${what}${whose} since ${began}${holder?.pipeline ? `, ${holder.pipeline}` : ""}`;
}

function unlockCommand(stack: string): string {
  return `stagewright unlock --stack ${stack}`;
}
