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
import { deleteObject, objectOf } from "./objects";
import { guardContext } from "./prepare";
import type { Progress } from "./progress";
import { namespaceRedactor } from "./redaction";
import type { DeclaredStack } from "./stack";

/** What a destroy removed, and what it left. */
export interface Destruction {
  readonly changes: Readonly<Record<string, number>>;
  /** Protected objects that are still there, such as `Cluster blog-db`. */
  readonly left: readonly string[];
}

/** Removes a stack. What is protected stays, unless `deleteData` is set. */
export async function destroy(
  stack: DeclaredStack,
  deleteData: boolean,
  progress: Progress,
): Promise<Destruction> {
  guardContext(stack);
  const engine = findEngine(stack.directory);
  const data = deleteData
    ? (await readState(engine, stack.name)).resources.filter(({ protect }) => protect)
    : [];
  if (data.length > 0) await unprotect(engine, stack, progress);
  const words = ["destroy", "--stack", stack.name, "--yes", "--skip-preview", "--exclude-protected"];
  const redact = await namespaceRedactor(stack.client, stack.settings.kubernetes.namespace);
  const run = await withDatabaseWay(stack, engine, progress, (led) =>
    runEngine(led, words, progress, redact),
  );
  if (run.exitCode !== 0) {
    throw new ReleaseError("failed", [`stack ${stack.name} was not destroyed`, ...run.errors].join("\n"));
  }
  // The engine forgets what is retained and leaves it in the cluster; the last made goes first.
  for (const resource of data.toReversed()) {
    const object = objectOf(resource);
    if (object === undefined) continue;
    progress.step(`deleting ${describe(resource)} with its data`);
    await deleteObject(stack, object);
  }
  const { resources } = await readState(engine, stack.name);
  return { changes: run.changes, left: resources.filter(({ protect }) => protect).map(describe) };
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
