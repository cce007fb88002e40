import { readObjects, type Repository, writeBlob } from "../adapters/git";
import { fetchRef, swapRef } from "../adapters/git-refs";
import type { Holder } from "./holder";
import type { DeploymentRecord } from "./records";

/** What a run is about to do. */
export interface RunPlan {
  readonly operation: DeploymentRecord["operation"];
  readonly stack: string;
  readonly commit: string;
  readonly version: string;
  /** Not known yet where the run builds the image. */
  readonly digest?: string;
  readonly by: string;
  readonly pipeline?: string;
  /** The command line that begins this run, and so resumes it. */
  readonly command: string;
}

/** A step that was done, with what it gave. */
export interface DoneStep {
  readonly name: string;
  readonly ended: string;
  readonly result?: unknown;
}

/** A run as the remote keeps it; where it is, the stack is locked. */
export interface RunState extends Omit<RunPlan, "by" | "pipeline"> {
  readonly began: string;
  /** Absent when the run failed: it locks nothing, and waits to be resumed or replaced. */
  readonly holder?: Holder;
  readonly done: readonly DoneStep[];
  /** The record that is being added to the ledger. */
  readonly ending?: DeploymentRecord;
}

/** A run that was found; `state` is absent when nobody can read it. */
export interface FoundRun {
  /** The object that the ref names, to be given back when it is changed. */
  readonly at: string;
  readonly state?: RunState;
}

/** The ref that is the lock of a stack; projects in folders of one repository have stacks of the same name. */
export function runRef({ folder }: Pick<Repository, "folder">, stack: string): string {
  const name = folder === undefined ? stack : `${folder}/${stack}`;
  // Dots and slashes are special in refs; names may have them.
  return `refs/stagewright/runs/${encodeURIComponent(name).replaceAll(".", "%2E")}`;
}

/** Reads the run that is under way in a stack, or that failed there last. */
export async function findRun(repository: Repository, stack: string): Promise<FoundRun | undefined> {
  const at = await fetchRef(repository, runRef(repository, stack));
  if (at === undefined) return undefined;
  const [text = ""] = await readObjects(repository, [at]);
  const state = parse(text);
  return state === undefined ? { at } : { at, state };
}

/** Writes a run over what was found; `undefined` when another one was faster. */
export async function writeRun(
  repository: Repository,
  expected: string | undefined,
  state: RunState,
): Promise<string | undefined> {
  const at = await writeBlob(repository, `${JSON.stringify(state)}\n`);
  return (await swapRef(repository, runRef(repository, state.stack), expected, at)) === "done"
    ? at
    : undefined;
}

/** Takes a run away, if it is still the one that was found. */
export function removeRun(
  repository: Repository,
  stack: string,
  expected: string,
): Promise<"done" | "moved"> {
  return swapRef(repository, runRef(repository, stack), expected, undefined);
}

function parse(text: string): RunState | undefined {
  try {
    const state = JSON.parse(text) as Partial<RunState> | null;
    return state && Array.isArray(state.done) && state.operation && state.began
      ? (state as RunState)
      : undefined;
  } catch {
    return undefined;
  }
}
