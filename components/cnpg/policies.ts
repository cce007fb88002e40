import type { types } from "@pulumi/kubernetes";
import { selectorLabels } from "../manifests/labels";
import {
  apiServer,
  dns,
  networkPolicySpec,
  podsHere,
  podsIn,
  type Traffic,
} from "../manifests/network-policies";

/** Labels that the operator gives the pods of a cluster, those that set an instance up included. */
export const instanceLabels = (cluster: string) => ({ "cnpg.io/cluster": cluster });
/** Labels of the pod that looks whether the instances are settled. */
const settledLabels = (cluster: string) => ({ ...selectorLabels(cluster, "settled") });

/** Labels of the pod that restores the backup, and proves it, on a schedule. */
export const drillLabels = (cluster: string) => ({ ...selectorLabels(cluster, "restore-drill") });

/** Labels of PgBouncer's pods, whichever instances they lead to. */
export const poolerLabels = (cluster: string) => ({ ...selectorLabels(cluster, "pooler") });

const POSTGRES = [5432, "TCP"] as const;
/** The instance manager's port, which the operator and other instances ask. */
const STATUS = [8000, "TCP"] as const;

const METRICS = [9187, "TCP"] as const;
const POOLER_METRICS = [9127, "TCP"] as const;

/** Who is about a cluster's pods. */
export interface Neighbours {
  /** Labels of the pods that may connect. */
  readonly clients: readonly Readonly<Record<string, string>>[];
  /** Namespace of who makes logins; its pods may connect. */
  readonly administratorNamespace?: string;
  readonly operatorNamespace: string;
  /** Namespace of Prometheus; without it, nobody reads metrics. */
  readonly monitoringNamespace?: string;
}

/**
 * Denies the instances everything but their operator, each other, the API server, their clients, and what comes in from
 * and goes out to places beyond the Kubernetes cluster: the archive, and the other cluster of a pair.
 */
export function instancesPolicy(
  cluster: string,
  { clients, administratorNamespace, operatorNamespace, monitoringNamespace }: Neighbours,
  beyond: { readonly in: readonly Traffic[]; readonly out: readonly Traffic[] },
): types.input.networking.v1.NetworkPolicySpec {
  const operator = podsIn(operatorNamespace, { "app.kubernetes.io/name": "cloudnative-pg" });
  const eachOther: Traffic = { peers: [podsHere(instanceLabels(cluster))], ports: [POSTGRES, STATUS] };
  const clientPods = [
    ...[...clients, settledLabels(cluster)].map((labels) => podsHere(labels)),
    ...(administratorNamespace === undefined ? [] : [podsIn(administratorNamespace)]),
  ];
  return networkPolicySpec(
    instanceLabels(cluster),
    [
      eachOther,
      { peers: [operator], ports: [POSTGRES, STATUS] },
      { peers: clientPods, ports: [POSTGRES] },
      ...scraping(monitoringNamespace, METRICS),
      ...beyond.in,
    ],
    // The instance manager keeps its lease and reads its Cluster at the API server.
    [dns, apiServer, eachOther, ...beyond.out],
  );
}

/** Lets the pod that looks at the instances reach them, and nothing else. */
export function settledPolicy(cluster: string): types.input.networking.v1.NetworkPolicySpec {
  const instances: Traffic = { peers: [podsHere(instanceLabels(cluster))], ports: [POSTGRES] };
  return networkPolicySpec(settledLabels(cluster), [], [dns, instances]);
}

/** Lets the pod that restores a backup reach the live database, the restored one and the API server. */
export function drillPolicy(cluster: string, restored: string): types.input.networking.v1.NetworkPolicySpec {
  const databases = [cluster, restored].map((name) => podsHere(instanceLabels(name)));
  return networkPolicySpec(
    drillLabels(cluster),
    [],
    [dns, apiServer, { peers: databases, ports: [POSTGRES] }],
  );
}

/** Lets clients reach PgBouncer, and PgBouncer the instances; its manager reads Secrets at the API server. */
export function poolerPolicy(
  cluster: string,
  { clients, monitoringNamespace }: Neighbours,
): types.input.networking.v1.NetworkPolicySpec {
  const instances: Traffic = { peers: [podsHere(instanceLabels(cluster))], ports: [POSTGRES] };
  return networkPolicySpec(
    poolerLabels(cluster),
    [
      // A rule with an empty list of peers would let everybody in.
      ...(clients.length > 0
        ? [{ peers: clients.map((labels) => podsHere(labels)), ports: [POSTGRES] }]
        : []),
      ...scraping(monitoringNamespace, POOLER_METRICS),
    ],
    [dns, apiServer, instances],
  );
}

const scraping = (namespace: string | undefined, port: Traffic["ports"][number]): Traffic[] =>
  namespace === undefined ? [] : [{ peers: [podsIn(namespace)], ports: [port] }];
