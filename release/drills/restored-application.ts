import { getObjects, type KubeObject } from "../../adapters/kubectl";
import { openPortForward, type PortForward } from "../../adapters/port-forward";
import { objectLabels, selectorLabels } from "../../components/manifests/labels";
import { dns, networkPolicySpec, podsHere } from "../../components/manifests/network-policies";
import type { SmokeCheck } from "../../environments/release-settings";
import { type Pod, problemOf } from "../diagnosis";
import { ReleaseError } from "../errors";
import { WEB_PODS } from "../live-web";
import type { Progress } from "../progress";
import { smoke, SMOKE_SECONDS } from "../smoke";
import type { Interruption } from "./interruption";
import { make, type Restored } from "./restored-side";

/** What the application is asked, as after a deployment. */
export interface ApplicationSmoke {
  /** The host that it is asked as. */
  readonly host: string;
  readonly checks: readonly SmokeCheck[];
  /** The tests that it ships. */
  readonly command?: string;
  /** Folder that the command runs in. */
  readonly directory?: string;
}

interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName?: string };
}
interface PodSpec {
  readonly containers: readonly {
    readonly name: string;
    readonly ports?: readonly { readonly containerPort: number }[];
  }[];
  readonly volumes?: readonly Volume[];
}
type Deployment = KubeObject & { readonly spec?: { readonly template: { readonly spec: PodSpec } } };

const COMPONENT = "drill-application";
/** Where the application has the database's login from. */
const DATABASE_VOLUME = "secret-database";
const POLL_MILLISECONDS = 1000;
const PORT = 8080;

/** Reads the pods' specification of the application that uses a live cluster; `undefined` when none does. */
export async function readApplication(
  { client, namespace }: Restored,
  cluster: string,
): Promise<PodSpec | undefined> {
  const deployments = await getObjects<Deployment>(
    client,
    "deployments.apps",
    "--namespace",
    namespace,
    "--selector",
    WEB_PODS,
  );
  return deployments
    .flatMap(({ spec }) => spec?.template.spec ?? [])
    .find(({ volumes = [] }) =>
      volumes.some(({ secret }) => [`${cluster}-app`, `${cluster}-ca`].includes(secret?.secretName ?? "")),
    );
}

/** One pod of the application as it runs, with the restored database's Secrets in place of the live one's. */
export function applicationPod(live: PodSpec, cluster: string, { name, namespace }: Restored): PodObject {
  const secretName = (volume: string, given = "") => {
    // Whoever makes the live logins, the restored database knows but the one of its own operator.
    if (volume === DATABASE_VOLUME || given === `${cluster}-app`) return `${name}-app`;
    return given === `${cluster}-ca` ? `${name}-ca` : given;
  };
  const volumes = live.volumes?.map((volume) =>
    volume.secret === undefined
      ? volume
      : {
          ...volume,
          secret: { ...volume.secret, secretName: secretName(volume.name, volume.secret.secretName) },
        },
  );
  const { topologySpreadConstraints: _spread, ...spec } = live as PodSpec & Record<string, unknown>;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${name}-application`, namespace, labels: objectLabels(name, COMPONENT) },
    spec: { ...spec, terminationGracePeriodSeconds: 1, ...(volumes ? { volumes } : {}) },
  };
}
type PodObject = Readonly<Record<string, unknown>> & { readonly metadata: KubeObject["metadata"] };

/** Lets the application reach its restored database, and nothing else: it must not act on the world a second time. */
export function applicationPolicy({ name, namespace }: Restored): Readonly<Record<string, unknown>> {
  const database = { peers: [podsHere({ "cnpg.io/cluster": name })], ports: [[5432, "TCP"]] as const };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `${name}-application`, namespace, labels: objectLabels(name, COMPONENT) },
    spec: networkPolicySpec({ ...selectorLabels(name, COMPONENT) }, [], [dns, database]),
  };
}

/**
 * Runs the application against the restored database and asks it what a deployment is asked. Gives the number of
 * questions; `undefined` where no application uses the live cluster.
 *
 * @throws ReleaseError that names what it did not answer as it must.
 */
export async function smokeRestored(
  restored: Restored,
  cluster: string,
  { host, ...asked }: ApplicationSmoke,
  progress: Progress,
  interruption: Interruption,
): Promise<number | undefined> {
  const live = await readApplication(restored, cluster);
  if (live === undefined) return undefined;
  const pod = applicationPod(live, cluster, restored);
  await make(restored.client, applicationPolicy(restored));
  await make(restored.client, pod);
  await serving(restored, pod.metadata.name, interruption);
  const port = live.containers[0]?.ports?.[0]?.containerPort ?? PORT;
  const forward = await forwardTo(restored, pod.metadata.name, port);
  try {
    const route = { url: `http://${host}`, address: `http://127.0.0.1:${forward.port}` };
    const { failures } = await smoke({ ...asked, ...route, progress, timeoutSeconds: SMOKE_SECONDS });
    interruption.check();
    if (failures.length === 0) return asked.checks.length + (asked.command === undefined ? 0 : 1);
    throw new ReleaseError(
      "failed",
      `the application does not serve from the restored database: ${failures.join("; ")}`,
    );
  } finally {
    forward.close();
  }
}

async function forwardTo({ client, namespace }: Restored, pod: string, port: number): Promise<PortForward> {
  try {
    return await openPortForward(client, namespace, `pod/${pod}`, port);
  } catch (error) {
    throw new ReleaseError("failed", `no port-forward to ${pod} can be opened: ${(error as Error).message}`);
  }
}

async function serving(
  { client, namespace }: Restored,
  name: string,
  interruption: Interruption,
): Promise<void> {
  const deadline = Date.now() + SMOKE_SECONDS * 1000;
  for (;;) {
    const [pod] = await getObjects<Pod>(client, "pod", name, "--namespace", namespace);
    if (pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")) return;
    if (Date.now() > deadline) {
      const reason = (pod && problemOf(pod)?.reason) ?? "nothing is known of its pod";
      throw new ReleaseError(
        "failed",
        `the application does not start with the restored database: ${reason}`,
      );
    }
    await interruption.pause(POLL_MILLISECONDS);
  }
}
