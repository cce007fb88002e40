import type { StackState, StateResource } from "../adapters/engine";
import { getObjects } from "../adapters/kubectl";
import { HOME, homeOf } from "../environments/home";
import { setCommand } from "../environments/mistakes";
import { readProject } from "../environments/project";
import { ReleaseError } from "./errors";
import { objectOf } from "./objects";
import type { DeclaredStack } from "./stack";

/** The state of a stack of this name belongs to something else. */
export class ForeignState extends ReleaseError {}

/**
 * Keeps a stack from another one's namespace: two that write to the same objects take them over from each other, and
 * the first that is destroyed takes the other's data along.
 *
 * @throws ReleaseError where the namespace is another stack's, or the state another project's.
 */
export async function guardHome(stack: DeclaredStack, { resources }: StackState): Promise<void> {
  guardState(stack, resources);
  if (homesIn(resources).length > 0) return;
  const { name, client, settings } = stack;
  const { namespace } = settings.kubernetes;
  const [live] = await getObjects(client, "namespace", namespace);
  const [found, own] = [live?.metadata.annotations?.[HOME], homeOf(settings)];
  if (found === undefined || found === own) return;
  throw new ReleaseError(
    "usage",
    `namespace ${namespace} belongs to stack ${found}, and this is stack ${own}; take another one: ` +
      `${setCommand(name, ["kubernetes", "namespace"], "NAMESPACE")}\n` +
      `if it was this stack's under another name: kubectl annotate namespace ${namespace} ${HOME}-`,
  );
}

/**
 * Keeps a stack from a state that holds another namespace than the one that is declared.
 *
 * @throws ForeignState that says how it comes about, and what mends it.
 */
export function guardState(
  { directory, name, settings }: DeclaredStack,
  resources: readonly StateResource[],
): void {
  const { namespace } = settings.kubernetes;
  const homes = homesIn(resources);
  const [held] = homes;
  if (held === undefined || homes.includes(namespace)) return;
  const project = readProject(directory).name;
  throw new ForeignState(
    "usage",
    `the state of stack ${name} holds namespace ${held}, and Pulumi.${name}.yaml declares ${namespace}; nothing was changed\n` +
      `if another project called ${project} has its state in the same backend, rename this one: name in Pulumi.yaml, and ` +
      `with it the keys in its stack files\n` +
      `if it is this stack's own: ${setCommand(name, ["kubernetes", "namespace"], held)}`,
  );
}

const homesIn = (resources: readonly StateResource[]) =>
  resources.flatMap((resource) => {
    const object = objectOf(resource);
    return object?.type === "Namespace" ? [object.name] : [];
  });
