import { type Engine, readState } from "../adapters/engine";
import { withDatabaseWay } from "./database-way";
import { extraObjects } from "./drift/extra";
import { deployedObjects, objectDrift } from "./drift/objects";
import { refreshDrift } from "./drift/refresh";
import { type DriftReport, merged } from "./drift/report";
import type { Progress } from "./progress";
import type { DeclaredStack } from "./stack";

/**
 * What has changed behind the engine's back, without changing anything.
 *
 * The engine is asked first, and knows every provider; but it sees neither what was added by hand to an object nor
 * objects that it did not make. So the API server is asked as well: what deploying again would change, who has set
 * which field, and what else is in the namespace.
 */
export async function drift(engine: Engine, stack: DeclaredStack, progress: Progress): Promise<DriftReport> {
  progress.step(`asking the engine what has changed in stack ${stack.name}`);
  const ofEngine = await withDatabaseWay(stack, engine, progress, (led) => refreshDrift(led, stack.name));
  progress.step("asking the API server what deploying again would change, and who has set what");
  const { resources } = await readState(engine, stack.name);
  const deployed = deployedObjects(resources);
  const ofObjects = await objectDrift(stack.client, deployed);
  progress.step("looking for objects that were not deployed");
  const { namespace } = stack.settings.kubernetes;
  const extra = await extraObjects(stack.client, namespace, deployed);
  return {
    stack: stack.name,
    drifts: merged([...ofObjects, ...ofEngine, ...extra.drifts]),
    notCompared: extra.notCompared,
  };
}
