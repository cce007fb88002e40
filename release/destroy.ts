import {
  ask,
  type Engine,
  findEngine,
  kindOf,
  nameOf,
  readState,
  type StateResource,
} from "../adapters/engine";
import { withDatabaseWay } from "./database-way";
import { runEngine } from "./engine-run";
import { ReleaseError } from "./errors";
import { guardState } from "./guard-home";
import { guardUnlocked } from "./guard-release";
import { deleteCommand, deleteObject, isThere, objectOf } from "./objects";
import { guardContext } from "./prepare";
import type { Progress } from "./progress";
import { namespaceRedactor } from "./redaction";
import type { DeclaredStack } from "./stack";

/** What a destroy removed, and what it left. */
export interface Destruction {
  readonly changes: Readonly<Record<string, number>>;
  /** Protected and retained objects that are still there, such as `Cluster blog-db`. */
  readonly left: readonly string[];
}

/**
 * Removes a stack. What is protected or retained stays, unless `deleteData` is set.
 *
 * @throws ReleaseError while the stack is locked, when its state is another project's, when the engine or the cluster
 * refuses, or when data is left that the state does not hold.
 */
export async function destroy(
  stack: DeclaredStack,
  deleteData: boolean,
  progress: Progress,
): Promise<Destruction> {
  guardContext(stack);
  await guardUnlocked(stack.directory, stack.name, progress);
  const engine = findEngine(stack.directory);
  const before = await held(engine, stack.name);
  guardState(stack, before);
  const data = before.filter(isData);
  if (deleteData && before.some(({ protect }) => protect)) await unprotect(engine, stack, progress);
  const words = ["destroy", "--stack", stack.name, "--yes", "--skip-preview", "--exclude-protected"];
  const redact = await namespaceRedactor(stack.client, stack.settings.kubernetes.namespace);
  const run = await withDatabaseWay(stack, engine, progress, (led) =>
    runEngine(led, words, progress, redact),
  );
  if (run.exitCode !== 0) {
    throw new ReleaseError("failed", [`stack ${stack.name} was not destroyed`, ...run.errors].join("\n"));
  }
  if (deleteData) await deleteRetained(stack, before, data, progress);
  const { resources } = await readState(engine, stack.name);
  // An earlier run that was to delete the data and failed has taken the protection off it.
  const forgotten = deleteData ? [] : data.filter(({ protect }) => !protect);
  const left = [...resources.filter(({ protect }) => protect), ...forgotten];
  return { changes: run.changes, left: left.map(describe) };
}

/** What the state holds before anything is changed. */
async function held(engine: Engine, stack: string): Promise<readonly StateResource[]> {
  try {
    return (await readState(engine, stack)).resources;
  } catch (error) {
    throw new ReleaseError("failed", `stack ${stack} was not destroyed\n${(error as Error).message.trim()}`);
  }
}

/** Both count: an earlier run that failed has taken the protection off, and the engine forgets what is retained. */
function isData(resource: StateResource): boolean {
  return objectOf(resource) !== undefined && Boolean(resource.protect || resource.retainOnDelete);
}

/** Deletes what the engine forgets and leaves in the cluster; the last made goes first. */
async function deleteRetained(
  stack: DeclaredStack,
  before: readonly StateResource[],
  data: readonly StateResource[],
  progress: Progress,
): Promise<void> {
  for (const resource of data.toReversed()) {
    const object = objectOf(resource);
    if (object === undefined) continue;
    progress.step(`deleting ${describe(resource)} with its data`);
    await deleteObject(stack, object);
  }
  // A run that ended after the engine and before this has left a state that knows of no data.
  if (before.some((resource) => objectOf(resource) !== undefined)) return;
  const home = { type: "Namespace", name: stack.settings.kubernetes.namespace };
  if (!(await isThere(stack, home))) return;
  throw new ReleaseError(
    "failed",
    `Namespace ${home.name} is still there, and the state of stack ${stack.name} does not hold it, as after a run that was ` +
      `interrupted; if all in it is the stack's, delete it yourself: ${deleteCommand(home)}`,
  );
}

/** Takes the protection off, in the state alone; the program still declares it for the next `up`. */
async function unprotect(engine: Engine, stack: DeclaredStack, progress: Progress): Promise<void> {
  progress.step("taking the protection off the data");
  const done = await ask(engine, "state", "unprotect", "--all", "--yes", "--stack", stack.name);
  if (done.exitCode !== 0) {
    throw new ReleaseError("failed", `the protection of stack ${stack.name} stays: ${done.stderr.trim()}`);
  }
}

function describe(resource: StateResource): string {
  return `${kindOf(resource.type)} ${nameOf(resource.urn)}`;
}
