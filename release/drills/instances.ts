import { getObjects, type KubeObject, kubectl } from "../../adapters/kubectl";
import { ReleaseError } from "../errors";
import type { Target } from "./writer";

/** A cluster as the drills look at it. */
export interface ClusterView {
  readonly primary: string;
  readonly standby?: string;
  readonly image: string;
  readonly healthy: boolean;
  /** How many standbys have each acknowledged write, where a failover needs proof that the new primary is one. */
  readonly quorum?: number;
}

type Cluster = KubeObject & {
  readonly spec?: {
    readonly instances?: number;
    readonly postgresql?: {
      readonly synchronous?: { readonly number: number; readonly failoverQuorum?: boolean };
    };
  };
  readonly status?: {
    readonly currentPrimary?: string;
    readonly targetPrimary?: string;
    readonly instanceNames?: readonly string[];
    readonly image?: string;
    readonly phase?: string;
    readonly readyInstances?: number;
  };
};

/** Looks at the cluster. */
export async function lookAt({ client, namespace, cluster }: Target): Promise<ClusterView> {
  const here = ["--namespace", namespace];
  const [found] = await getObjects<Cluster>(client, "clusters.postgresql.cnpg.io", cluster, ...here);
  const {
    currentPrimary,
    targetPrimary,
    instanceNames = [],
    image,
    phase,
    readyInstances,
  } = found?.status ?? {};
  if (found === undefined || currentPrimary === undefined || image === undefined) {
    throw new ReleaseError(
      "failed",
      `there is no cluster ${cluster} in ${namespace}: kubectl get cluster -A`,
    );
  }
  const { number, failoverQuorum = false } = found.spec?.postgresql?.synchronous ?? {};
  const standby = instanceNames.find((name) => name !== currentPrimary);
  return {
    primary: currentPrimary,
    image,
    ...(standby === undefined ? {} : { standby }),
    ...(failoverQuorum && number !== undefined ? { quorum: number } : {}),
    healthy:
      phase === "Cluster in healthy state" &&
      currentPrimary === targetPrimary &&
      readyInstances === found.spec?.instances,
  };
}

/** Asks an instance as its superuser over the local socket. */
export async function query(target: Target, instance: string, statement: string): Promise<string> {
  const { client, namespace } = target;
  const psql = ["psql", "-XAtq", "-d", "app", "-v", "ON_ERROR_STOP=1", "-c", statement];
  const exec = ["exec", instance, "--namespace", namespace, "--container", "postgres", "--", ...psql];
  const answer = await kubectl(client, ...exec);
  if (answer === undefined)
    throw new ReleaseError("failed", `instance ${instance} does not answer: ${statement}`);
  return answer.trim();
}
