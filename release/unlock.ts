import { ReleaseError } from "./errors";
import { livenessOf } from "./holder";
import { appendRecord } from "./ledger";
import { unreadable, who } from "./refusals";
import { inRepository } from "./repository";
import { findRun, removeRun, type RunState } from "./run-state";

/** What an unlock found and took away. */
export interface Unlocked {
  readonly unlocked: boolean;
  /** The run that had the lock, as far as it can be read. */
  readonly run?: RunState;
}

/**
 * Takes a stack's lock away, with the steps that its run had done. One that is alive on this machine keeps it unless
 * `force`.
 */
export async function unlock(
  directory: string,
  stack: string,
  { force = false }: { readonly force?: boolean } = {},
): Promise<Unlocked> {
  return inRepository(directory, async (repository) => {
    const found = await findRun(repository, stack);
    if (found === undefined) return { unlocked: false };
    const { at, state } = found;
    if (state === undefined && !force) throw unreadable(stack);
    if (state?.holder !== undefined && !force && livenessOf(state.holder) === "alive") throw alive(state);
    if (state?.ending !== undefined) await appendRecord(directory, state.ending);
    if ((await removeRun(repository, stack, at)) === "moved") {
      throw new ReleaseError(
        "failed",
        `the run of stack ${stack} went on just now, so it is not dead; nothing was unlocked`,
      );
    }
    return state === undefined ? { unlocked: true } : { unlocked: true, run: state };
  });
}

function alive(state: RunState): ReleaseError {
  return new ReleaseError(
    "failed",
    `stack ${state.stack} stays locked, its run is alive: ${who(state)}\n` +
      `wait for it, or end it: kill ${state.holder?.pid}; ` +
      `to unlock it all the same: stagewright unlock --stack ${state.stack} --force`,
  );
}
