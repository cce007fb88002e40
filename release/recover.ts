import { ask, type Engine, nameOf, type StackState, type StateResource } from "../adapters/engine";
import { withDatabaseWay } from "./database-way";
import { ReleaseError } from "./errors";
import { isThere, objectOf } from "./objects";
import type { Progress } from "./progress";
import type { DeclaredStack } from "./stack";

/**
 * Settles what an interrupted run had begun, without asking: an object that came into being is taken into the
 * state, one that did not is forgotten. The engine alone would ask a person for each.
 */
export async function recover(
  engine: Engine,
  stack: DeclaredStack,
  { pending }: StackState,
  progress: Progress,
): Promise<void> {
  if (pending.length === 0) return;
  progress.step(`settling ${pending.length} operation(s) of an interrupted run`);
  const creating = pending.filter(({ type }) => type === "creating").map(({ resource }) => resource);
  const found = await Promise.all(creating.map((resource) => liveId(stack, resource)));
  const pairs = creating.flatMap((resource, index) => {
    const id = found[index];
    return id === undefined ? [] : [resource.urn, id];
  });
  // The engine takes the flag once for each word, a URN and then its id; it does not split at commas.
  const imports = pairs.flatMap((word) => ["--import-pending-creates", word]);
  for (const resource of creating) progress.step(`  ${nameOf(resource.urn)} was being created`);
  await withDatabaseWay(stack, engine, progress, async (led) => {
    if (imports.length > 0) await refresh(led, stack, imports);
    await refresh(led, stack, ["--clear-pending-creates"]);
  });
}

/** The id that the Kubernetes provider gives an object, when the object is there. */
async function liveId(stack: DeclaredStack, resource: StateResource): Promise<string | undefined> {
  const object = objectOf(resource);
  if (object === undefined || !(await isThere(stack, object))) return undefined;
  return object.namespace ? `${object.namespace}/${object.name}` : object.name;
}

async function refresh(engine: Engine, stack: DeclaredStack, args: readonly string[]): Promise<void> {
  const done = await ask(engine, "refresh", "--stack", stack.name, "--yes", "--skip-preview", ...args);
  if (done.exitCode !== 0) {
    throw new ReleaseError(
      "failed",
      `an interrupted run of stack ${stack.name} cannot be settled: ${done.stderr.trim() || done.stdout.trim()}\n` +
        `look at it yourself: pulumi refresh --stack ${stack.name}`,
    );
  }
}
