import { pause } from "../adapters/git-refs";
import { ReleaseError } from "./errors";
import { livenessOf, thisHolder } from "./holder";
import { appendRecord } from "./ledger";
import type { DeploymentRecord } from "./records";
import { locked, lost, unfinished, unreadable } from "./refusals";
import { inRepository } from "./repository";
import { findRun, type FoundRun, removeRun, type RunPlan, type RunState, writeRun } from "./run-state";

/** A run that holds its stack's lock. Its steps are taken one after another. */
export interface Run {
  /** When it began, before an interruption too. */
  readonly began: string;
  /** Names of the steps that an earlier attempt has done; none for a new run. */
  readonly resumed: readonly string[];
  /**
   * Does a step, and notes that it was done and what it gave, as JSON. A step that was done before is not done again;
   * its result is given. One that was interrupted is done again: it must stand that.
   */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /**
   * Records how the run ended and gives the lock back. Gives what the ledger has: of a run that was interrupted right
   * here, what was noted then.
   */
  finish(record: DeploymentRecord): Promise<DeploymentRecord>;
  /** Records a failure and gives the lock back; the same run goes on from its failed step, any other replaces it. */
  fail(record: DeploymentRecord): Promise<void>;
  /** Gives the lock back and records nothing; the same run goes on from there, any other replaces it. */
  leave(): Promise<void>;
}

const ATTEMPTS = 20;

/**
 * Takes a stack's lock, or resumes the same run where it was interrupted. Of several at once one gets it, the others
 * are told who has it. `takeOver` resumes a run whose process was on a machine that cannot be asked from here.
 */
export async function beginRun(
  directory: string,
  plan: RunPlan,
  { takeOver = false }: { readonly takeOver?: boolean } = {},
): Promise<Run> {
  return inRepository(directory, async (repository) => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const found = await findRun(repository, plan.stack);
      const state = await successor(directory, plan, found, takeOver);
      const at = await writeRun(repository, found?.at, state);
      if (at !== undefined) return runOf(directory, at, state);
      await pause(attempt);
    }
    throw new ReleaseError("failed", `the lock of stack ${plan.stack} changes all the time; try again`);
  });
}

/** What to write over what was found; refuses where someone is at work, or left something else unfinished. */
async function successor(
  directory: string,
  plan: RunPlan,
  found: FoundRun | undefined,
  takeOver: boolean,
): Promise<RunState> {
  const { by, pipeline, ...what } = plan;
  const holder = thisHolder(by, pipeline);
  const fresh: RunState = { ...what, began: new Date().toISOString(), holder, done: [] };
  if (found === undefined) return fresh;
  const { state } = found;
  if (state === undefined) throw unreadable(plan.stack);
  if (state.holder !== undefined) {
    const liveness = livenessOf(state.holder);
    if (liveness === "alive" || (liveness === "elsewhere" && !takeOver)) throw locked(state);
  }
  // It had ended and was interrupted while that was being recorded.
  if (state.ending !== undefined) await appendRecord(directory, state.ending);
  const { ending, ...rest } = state;
  if (isSame(plan, state)) {
    return { ...rest, holder, ...(ending?.result === "succeeded" ? { ending } : {}) };
  }
  if (state.holder !== undefined && ending === undefined) throw unfinished(state);
  return fresh;
}

function isSame(plan: RunPlan, state: RunState): boolean {
  return plan.operation === state.operation && plan.commit === state.commit && plan.digest === state.digest;
}

function runOf(directory: string, begunAt: string, begun: RunState): Run {
  let [at, state] = [begunAt, begun];
  const write = async (next: RunState, doing: string) => {
    const written = await inRepository(directory, (repository) => writeRun(repository, at, next));
    if (written === undefined) throw lost(state, doing);
    [at, state] = [written, next];
  };
  const remove = () => inRepository(directory, (repository) => removeRun(repository, state.stack, at));
  const record = async (record: DeploymentRecord) => {
    // Noted first, so that whoever finds this run half ended adds the very same record.
    await write({ ...state, ending: record }, "recording its end");
    await appendRecord(directory, record);
  };
  const leave = () => {
    const { holder: _holder, ending: _ending, ...left } = state;
    return write(left, "giving the lock back");
  };
  return {
    began: begun.began,
    resumed: begun.done.map(({ name }) => name),
    step: async <T>(name: string, work: () => Promise<T>) => {
      const before = state.done.find((step) => step.name === name);
      if (before !== undefined) return before.result as T;
      const result = asJson(await work());
      const step = { name, ended: new Date().toISOString(), result };
      await write({ ...state, done: [...state.done, step] }, `after ${name}`);
      return result;
    },
    finish: async (ended) => {
      const noted = state.ending ?? ended;
      await record(noted);
      // Whoever was faster has settled it from what was noted.
      await remove();
      return noted;
    },
    fail: async (ended) => {
      await record(ended);
      await leave();
    },
    leave,
  };
}

/** The form in which a resumed run gets it, so that the first run meets no other one. */
function asJson<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
