import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import { APPLICATION_USER, containerSecurityContext, podSecurityContext } from "./pod-security";
import { containerProbes, type Probes } from "./probes";
import { type Resources, resourceRequirements } from "./resources";
import { type SecretBinding, secretMount, secretVolume } from "./secret-volumes";

/** What the pods of a web application need to know. */
export interface Workload {
  readonly selector: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccountName: Input<string>;
  readonly image: Input<string>;
  readonly imagePullSecrets?: Input<string>[];
  /** `undefined` where an autoscaler decides. */
  readonly replicas: number | undefined;
  readonly resources: Resources;
  readonly port: number;
  readonly env: Readonly<Record<string, Input<string>>>;
  readonly secrets: readonly SecretBinding[];
  readonly probes?: Probes;
  readonly drainSeconds: number;
  readonly progressSeconds: number;
}

/** Seconds in which every load balancer has heard that a pod leaves; it serves as before until then. */
const PRE_STOP_SECONDS = 10;
/** Seconds for the process to end after its last request, before it is killed. */
const STOP_MARGIN_SECONDS = 5;

/**
 * A Deployment that rolls out without a lost request: a new pod is ready before an old one leaves, slowly.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
 */
export function deploymentSpec(workload: Workload): types.input.apps.v1.DeploymentSpec {
  return {
    ...(workload.replicas === undefined ? {} : { replicas: workload.replicas }),
    selector: { matchLabels: { ...workload.selector } },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    progressDeadlineSeconds: workload.progressSeconds,
    revisionHistoryLimit: 5,
    template: { metadata: { labels: { ...workload.labels } }, spec: podSpec(workload) },
  };
}

function podSpec(workload: Workload): types.input.core.v1.PodSpec {
  const { imagePullSecrets, secrets, drainSeconds } = workload;
  return {
    serviceAccountName: workload.serviceAccountName,
    automountServiceAccountToken: false,
    // The variables of a namespace's Services are no contract of ours.
    enableServiceLinks: false,
    securityContext: podSecurityContext(APPLICATION_USER),
    ...(imagePullSecrets ? { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) } : {}),
    terminationGracePeriodSeconds: PRE_STOP_SECONDS + drainSeconds + STOP_MARGIN_SECONDS,
    topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(
      (topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { ...workload.selector } },
        matchLabelKeys: ["pod-template-hash"],
      }),
    ),
    containers: [container(workload)],
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: "256Mi" } }, ...secrets.map(secretVolume)],
  };
}

function container(workload: Workload): types.input.core.v1.Container {
  return {
    name: "web",
    image: workload.image,
    // The digest decides which bytes run; asking the registry each time also checks the right to them.
    imagePullPolicy: "Always",
    ports: [{ name: "http", containerPort: workload.port }],
    env: Object.entries(workload.env).map(([name, value]) => ({ name, value })),
    resources: resourceRequirements(workload.resources),
    securityContext: containerSecurityContext(APPLICATION_USER),
    ...containerProbes(workload.probes),
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...workload.secrets.map(secretMount)],
  };
}
