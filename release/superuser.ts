import { type Kubectl, kubectlFinished } from "../adapters/kubectl";
import type { Finished } from "../adapters/processes";

/** An instance of a database. */
export interface Instance {
  readonly client: Kubectl;
  readonly namespace: string;
  /** Name of its pod. */
  readonly instance: string;
}

/** Runs SQL, all of it or nothing, as the superuser over the instance's own socket, which needs no password. */
export function asSuperuser(
  { client, namespace, instance }: Instance,
  statements: readonly string[],
): Promise<Finished> {
  const psql = ["psql", "-XAtq", "--single-transaction", "-d", "postgres", "-v", "ON_ERROR_STOP=1"];
  const exec = ["exec", instance, "--namespace", namespace, "--container", "postgres", "--"];
  return kubectlFinished(client, [...exec, ...psql, ...statements.flatMap((statement) => ["-c", statement])]);
}
