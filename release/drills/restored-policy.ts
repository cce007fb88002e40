import { getObjects, type Kubectl, type KubeObject } from "../../adapters/kubectl";
import { objectLabels, selectorLabels } from "../../components/manifests/labels";
import { podsHere } from "../../components/manifests/network-policies";

/**
 * The policy that shuts off what is restored as the live cluster is shut off, with the drill's application as another
 * client. `undefined` where the live cluster has none.
 */
export async function restoredPolicy(
  client: Kubectl,
  namespace: string,
  cluster: string,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [live] = await getObjects(
    client,
    "networkpolicies.networking.k8s.io",
    cluster,
    "--namespace",
    namespace,
  );
  return live && shutOff(live, cluster, name);
}

const label = (cluster: string) => `"cnpg.io/cluster":${JSON.stringify(cluster)}`;

/** The same policy for another cluster. */
export function shutOff(live: KubeObject, cluster: string, name: string): Readonly<Record<string, unknown>> {
  const spec = JSON.parse(JSON.stringify(live.spec).replaceAll(label(cluster), label(name))) as {
    readonly ingress?: readonly unknown[];
  };
  const application = podsHere({ ...selectorLabels(name, "drill-application") });
  const client = { from: [application], ports: [{ port: 5432, protocol: "TCP" }] };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace: live.metadata.namespace, labels: objectLabels(name, "restore-drill") },
    spec: { ...spec, ingress: [...(spec.ingress ?? []), client] },
  };
}
