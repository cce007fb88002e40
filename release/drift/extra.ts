import { type Kubectl, kubectlFinished } from "../../adapters/kubectl";
import { type Deployed, keyOf } from "./objects";
import type { Drift } from "./report";

/** Kinds that do something; the namespace is the stack's own, so nobody else has any business with them there. */
const ACTING = [
  "pods",
  "deployments.apps",
  "statefulsets.apps",
  "daemonsets.apps",
  "cronjobs.batch",
  "services",
  "ingresses.networking.k8s.io",
  "networkpolicies.networking.k8s.io",
  "roles.rbac.authorization.k8s.io",
  "rolebindings.rbac.authorization.k8s.io",
];
/** Kinds that others put there too, the cluster first of all; they count when they carry our label. */
const LABELLED = [
  "jobs.batch",
  "configmaps",
  "secrets",
  "serviceaccounts",
  "poddisruptionbudgets.policy",
  "horizontalpodautoscalers.autoscaling",
];
const COLUMNS = [
  "API:.apiVersion",
  "KIND:.kind",
  "NAME:.metadata.name",
  "OWNER:.metadata.ownerReferences[0].uid",
  "COMPONENT:.metadata.labels.app\\.kubernetes\\.io/component",
].join(",");
/** What a drill leaves is its record, not part of a deployment. */
const DRILL = "restore-drill";

/** Objects in the stack's namespace that the state does not know, and that nothing in it has made. */
export async function extraObjects(
  client: Kubectl,
  namespace: string,
  deployed: readonly Deployed[],
): Promise<{ readonly drifts: readonly Drift[]; readonly notCompared: readonly string[] }> {
  const known = new Set(deployed.map(keyOf));
  const kinds = [...new Set(deployed.filter(isForeignKind).map(resourceName))];
  const lists = await Promise.all([
    list(client, namespace, ACTING),
    list(client, namespace, [...LABELLED, ...kinds], "app.kubernetes.io/managed-by=stagewright"),
  ]);
  const found = lists.flatMap((list) => (typeof list === "string" ? [] : list));
  const drifts = found.flatMap(({ apiVersion, kind, name, owner, component }): Drift[] => {
    const key = keyOf({ apiVersion, kind, metadata: { name, namespace } });
    if (known.has(key) || owner !== "<none>" || component === DRILL) return [];
    return [{ resource: `${kind} ${name}`, kind: "extra", fields: [] }];
  });
  return { drifts, notCompared: lists.filter((list) => typeof list === "string") };
}

/** Custom resources in the namespace; their plural is the usual one. */
const isForeignKind = ({ apiVersion, metadata }: Deployed) =>
  metadata.namespace !== undefined &&
  apiVersion.includes(".") &&
  !apiVersion.split("/")[0]?.endsWith(".k8s.io");

const resourceName = ({ apiVersion, kind }: Deployed) => `${kind.toLowerCase()}.${apiVersion.split("/")[0]}`;

interface Listed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly owner: string;
  readonly component: string;
}

/** Only names are read, no values: secrets are among them. */
async function list(
  client: Kubectl,
  namespace: string,
  kinds: readonly string[],
  selector?: string,
): Promise<readonly Listed[] | string> {
  const { exitCode, stdout, stderr } = await kubectlFinished(client, [
    "get",
    kinds.join(","),
    "--namespace",
    namespace,
    ...(selector ? ["--selector", selector] : []),
    "--no-headers",
    "--output",
    `custom-columns=${COLUMNS}`,
  ]);
  if (exitCode !== 0) return `extra objects: ${stderr.trim()}`;
  const rows = stdout.split("\n").filter((row) => row.trim() !== "");
  return rows.map((row) => {
    const [apiVersion = "", kind = "", name = "", owner = "", component = ""] = row.trim().split(/\s+/);
    return { apiVersion, kind, name, owner, component };
  });
}
