import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { drillLabels, instancesPolicy, type Neighbours, poolerLabels, settledPolicy } from "./policies";
import { streamingTraffic } from "./replica";
import { storeTraffic } from "./store-traffic";
import { metadataOf } from "./metadata";
import type { Settings } from "./settings";

/** Shuts the cluster's pods off from everybody who has no business with them. */
export function createNetworkPolicies(name: string, settings: Settings, parent: pulumi.Resource): void {
  const { backup, pooler, replica } = settings;
  const streaming = streamingTraffic(replica);
  const neighbours = neighboursOf(settings);
  const clients = [
    ...neighbours.clients,
    ...(pooler ? [poolerLabels(name)] : []),
    ...(backup ? [drillLabels(name)] : []),
  ];
  new k8s.networking.v1.NetworkPolicy(
    name,
    {
      metadata: metadataOf(name, settings),
      spec: instancesPolicy(
        name,
        { ...neighbours, clients },
        { in: streaming.in, out: [...(backup ? storeTraffic(backup) : []), ...streaming.out] },
      ),
    },
    { parent },
  );
  new k8s.networking.v1.NetworkPolicy(
    `${name}-settled`,
    { metadata: metadataOf(name, settings, "-settled"), spec: settledPolicy(name) },
    { parent },
  );
}

/** Who is about a cluster's pods, by its settings. */
export function neighboursOf({
  clients,
  roleAdministrator,
  operatorNamespace,
  monitoring,
}: Settings): Neighbours {
  return {
    clients,
    ...(roleAdministrator ? { administratorNamespace: roleAdministrator.namespace } : {}),
    operatorNamespace,
    ...(monitoring ? { monitoringNamespace: monitoring.namespace } : {}),
  };
}
