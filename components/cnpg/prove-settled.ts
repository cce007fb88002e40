import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { objectLabels } from "../manifests/labels";
import type { Cluster } from "./cluster";
import { fingerprint } from "./cluster-spec";
import { instanceLabels } from "./policies";
import { settledJobSpec, versionOfImage } from "./settled";
import { metadataOf } from "./metadata";
import type { Settings } from "./settings";

/** Lets `up` end only when the instances themselves show what was declared; see {@link settledJobSpec}. */
export function proveSettled(
  name: string,
  settings: Settings,
  cluster: Cluster,
  parent: pulumi.Resource,
): k8s.batch.v1.Job {
  const service = new k8s.core.v1.Service(
    `${name}-instances`,
    {
      metadata: {
        ...metadataOf(name, settings, "-instances"),
        // It lists instances that are not ready too, so there is nothing to wait for.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: { ...instanceLabels(name), "cnpg.io/podRole": "instance" },
        ports: [{ name: "postgres", port: 5432 }],
      },
    },
    { parent },
  );
  const labels = objectLabels(name, "settled", settings.labels);
  const declared = pulumi
    .all([settings.image, settings.parameters, settings.storage, settings.walStorage, settings.resources])
    .apply((parts) => fingerprint([settings.instances, ...parts]));
  return new k8s.batch.v1.Job(
    `${name}-settled`,
    {
      metadata: {
        name: pulumi.interpolate`${name}-settled-${declared}`,
        namespace: settings.namespace,
        labels,
      },
      spec: settledJobSpec(
        {
          instancesService: `${name}-instances`,
          tlsHost: `${name}-rw`,
          instances: settings.instances,
          fingerprint: pulumi.output(settings.parameters).apply(fingerprint),
          parameters: settings.parameters,
          image: settings.image,
          ...(settings.imagePullSecrets ? { imagePullSecrets: settings.imagePullSecrets } : {}),
          // The password in a cluster that follows another one is that one's; its own certificates are its own.
          secretName: `${name}-${settings.replica ? "replication" : "app"}`,
          certificateAuthoritySecretName: `${name}-ca`,
          timeoutSeconds: settings.timeoutSeconds,
        },
        pulumi.output(settings.image).apply(versionOfImage),
        labels,
      ),
    },
    {
      parent,
      dependsOn: [cluster, service],
      customTimeouts: { create: `${settings.timeoutSeconds + 60}s` },
      // The Job of a failed change stays unfinished; going back must not meet the old Job's name.
      deleteBeforeReplace: true,
    },
  );
}
