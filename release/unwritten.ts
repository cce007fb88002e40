import { ask, askWith, type Engine, nameOf, type StackState, type StateResource } from "../adapters/engine";
import { ReleaseError } from "./errors";
import type { Progress } from "./progress";

/** A value in Vault, and the output with the number of what was written last. */
const VALUE = { type: "vault:kv/secretV2:SecretV2", version: "dataJsonWoVersion" };

const isUnwritten = ({ type, initErrors = [] }: StateResource) =>
  type === VALUE.type && initErrors.length > 0;

/**
 * Lets the next run write values that Vault did not take. The provider keeps the number of a value that it failed to
 * write: it would then send nothing, and after a refresh take the old value for the new one.
 *
 * @throws ReleaseError when the engine does not take the state.
 */
export async function settleUnwritten(
  engine: Engine,
  stack: string,
  { resources }: StackState,
  progress: Progress,
): Promise<void> {
  const unwritten = resources.filter(isUnwritten).map(({ urn }) => nameOf(urn));
  if (unwritten.length === 0) return;
  progress.step(`${unwritten.join(", ")}: Vault did not take it in an earlier run, so it is written anew`);
  const { stdout } = await ask(engine, "stack", "export", "--stack", stack);
  const state = JSON.parse(stdout) as { deployment: { resources: StateResource[] } };
  const settled = state.deployment.resources.map((resource) => {
    if (!isUnwritten(resource)) return resource;
    const { initErrors: _told, ...rest } = resource;
    // The provider takes 0 for nothing written.
    return { ...rest, outputs: { ...resource.outputs, [VALUE.version]: 0 } };
  });
  const input = JSON.stringify({ ...state, deployment: { ...state.deployment, resources: settled } });
  const { exitCode, stderr } = await askWith(engine, { input }, "stack", "import", "--stack", stack);
  if (exitCode === 0) return;
  throw new ReleaseError(
    "failed",
    `nothing was changed: values that Vault did not take cannot be marked in the state of stack ${stack}: ${stderr.trim()}`,
  );
}
