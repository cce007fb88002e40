import { isOfUnknownKind, kubectl, kubectlFinished } from "../adapters/kubectl";
import type { StateResource } from "../adapters/engine";
import { ReleaseError } from "./errors";
import type { DeclaredStack } from "./stack";

/** A Kubernetes object as kubectl names it. */
export interface ObjectName {
  /** Such as `Cluster.postgresql.cnpg.io`. */
  readonly type: string;
  readonly name: string;
  readonly namespace?: string;
}

/** The object that a resource of the state stands for; `undefined` when it is none of Kubernetes. */
export function objectOf(resource: StateResource): ObjectName | undefined {
  const [provider, group = "", kind = ""] = resource.type.split(":");
  const metadata = resource.inputs?.["metadata"] as { name?: string; namespace?: string } | undefined;
  if (provider !== "kubernetes" || !metadata?.name) return undefined;
  const [apiGroup = ""] = group.split("/");
  return {
    type: apiGroup === "core" ? kind : `${kind}.${apiGroup}`,
    name: metadata.name,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
  };
}

const where = ({ namespace }: ObjectName) => (namespace ? ["--namespace", namespace] : []);

/**
 * Whether an object is there; one of a kind that the cluster does not know is not.
 *
 * @throws ReleaseError when the cluster does not tell: who takes silence for absence forgets what is there.
 */
export async function isThere(stack: DeclaredStack, object: ObjectName): Promise<boolean> {
  const words = ["get", object.type, object.name, ...where(object)];
  const { exitCode, stderr } = await kubectlFinished(stack.client, [...words, "--output", "name"]);
  if (exitCode === 0) return true;
  if (stderr.includes("(NotFound)") || isOfUnknownKind(stderr)) return false;
  throw new ReleaseError(
    "failed",
    `whether ${object.type} ${object.name} is there cannot be known: ${stderr.trim()}\n` +
      `once the cluster answers, run this again; to look yourself: kubectl ${words.join(" ")}`,
  );
}

/** Deletes an object and waits until it is gone, with all that belongs to it. */
export async function deleteObject(stack: DeclaredStack, object: ObjectName): Promise<void> {
  await kubectl(
    stack.client,
    "delete",
    object.type,
    object.name,
    ...where(object),
    "--ignore-not-found",
    "--wait",
  );
  if (!(await isThere(stack, object))) return;
  throw new ReleaseError(
    "failed",
    `${object.type} ${object.name} is still there; delete it yourself: ${deleteCommand(object)}`,
  );
}

/** The command that deletes an object by hand. */
export function deleteCommand(object: ObjectName): string {
  return ["kubectl", "delete", object.type, object.name, ...where(object)].join(" ");
}
