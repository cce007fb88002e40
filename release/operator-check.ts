import { getObjects, type Kubectl, type KubeObject, readObjects } from "../adapters/kubectl";
import { isSynchronous } from "../components/cnpg/synchronous";
import type { Check } from "./doctor";
import { atLeastVersion } from "./versions";

const PART = "CloudNativePG operator";
const FLOOR = "1.30.0";
const MANIFEST =
  "https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/release-1.30/releases/cnpg-1.30.0.yaml";
/** Deployment and pods of the operator. */
export const OPERATOR = "app.kubernetes.io/name=cloudnative-pg";
const CONFIGURATION = "cnpg-controller-manager-config";

/** How long a standby waits for an answer from the primary, in milliseconds; for all clusters of an operator. */
const STANDBY_TIMEOUT = "STANDBY_TCP_USER_TIMEOUT";

type Deployment = KubeObject & {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly Container[] } };
  };
  readonly status?: { readonly readyReplicas?: number };
};

interface Container {
  readonly image: string;
  readonly env?: readonly { readonly name: string }[];
}

type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** Looks whether the operator runs and is new enough, and is set for standbys where commits wait for one. */
export async function checkOperator(client: Kubectl, instances: number): Promise<Check> {
  const [operator] = await getObjects<Deployment>(
    client,
    "deployment",
    "--all-namespaces",
    "--selector",
    OPERATOR,
  );
  const image = operator?.spec.template.spec.containers[0]?.image ?? "";
  const version = /:v?(\d[\w.-]*)/.exec(image.split("/").at(-1) ?? "")?.[1];
  const ready = (operator?.status?.readyReplicas ?? 0) > 0;
  const found = operator ? `${version ?? image}${ready ? "" : ", not ready"}` : "none";
  if (!operator || !ready || (version !== undefined && !atLeastVersion(version, FLOOR))) {
    return { part: PART, ok: false, found, command: `kubectl apply --server-side -f ${MANIFEST}` };
  }
  const chosen = !isSynchronous(instances) || (await choosesStandbyTimeout(client, operator));
  return { part: PART, ok: true, found, ...(chosen ? {} : { advice: advice(operator) }) };
}

/** Whoever has chosen a value, be it the operator's own, has thought of it; what cannot be read may hold one. */
async function choosesStandbyTimeout(client: Kubectl, { metadata, spec }: Deployment): Promise<boolean> {
  const variables = spec.template.spec.containers.flatMap(({ env = [] }) => env);
  if (variables.some(({ name }) => name === STANDBY_TIMEOUT)) return true;
  const found = await readObjects<ConfigMap>(
    client,
    "configmaps",
    "--namespace",
    metadata.namespace ?? "default",
    "--field-selector",
    `metadata.name=${CONFIGURATION}`,
  );
  return found === "not readable" || found.some(({ data }) => data?.[STANDBY_TIMEOUT] !== undefined);
}

function advice({ metadata: { name, namespace = "default" } }: Deployment): NonNullable<Check["advice"]> {
  return {
    text:
      `a standby waits ${STANDBY_TIMEOUT}, 5 s by default, for a primary that is gone, and commits wait with it; ` +
      "1 s is better (docs/failover.md), and restarts the instances of all its clusters one by one",
    command: `kubectl --namespace ${namespace} set env deployment/${name} ${STANDBY_TIMEOUT}=1000`,
  };
}
