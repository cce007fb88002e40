import { getObjects, type Kubectl, type KubeObject, kubectl } from "../adapters/kubectl";
import type { Redact } from "./redaction";
import { undelivered } from "./undelivered";

/** Why a pod, the database, or a secret of Vault's does not come up. */
export interface Finding {
  /** Such as `Pod blog-5cf96449dd-w66hj`. */
  readonly object: string;
  readonly reason: string;
  /** Warnings that Kubernetes recorded, newest last. */
  readonly events: readonly string[];
  /** Last lines that the container wrote. */
  readonly log: readonly string[];
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: State;
  readonly lastState?: State;
}
interface State {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode: number };
}
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}
/** A pod, as far as its state goes. */
export type Pod = KubeObject & {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
};
type Cluster = KubeObject & {
  readonly status?: {
    readonly phase?: string;
    readonly phaseReason?: string;
    readonly conditions?: readonly Condition[];
  };
};
type Event = KubeObject & {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly name?: string };
  readonly count?: number;
};

const LOG_LINES = 15;
const EVENTS = 5;

/**
 * Looks at a stack's namespace for what keeps it from being ready. What others wrote is shown through `redact`; without
 * it, no log is shown at all.
 */
export async function diagnose(
  client: Kubectl,
  namespace: string,
  redact: Redact | undefined,
): Promise<Finding[]> {
  const here = ["--namespace", namespace];
  const [pods, clusters, secrets, events] = await Promise.all([
    getObjects<Pod>(client, "pods", ...here),
    getObjects<Cluster>(client, "clusters.postgresql.cnpg.io", ...here),
    undelivered(client, namespace),
    getObjects<Event>(client, "events", ...here, "--sort-by", ".lastTimestamp"),
  ]);
  const warnings = (name: string) =>
    events
      .filter(({ type, involvedObject }) => type === "Warning" && involvedObject?.name === name)
      .slice(-EVENTS)
      .map(
        ({ reason, message, count = 1 }) => `${reason}: ${message}${count > 1 ? ` (${count} times)` : ""}`,
      );
  const databases = clusters.filter(isUnhealthy).map((cluster) => ({
    object: `Cluster ${cluster.metadata.name}`,
    reason: [cluster.status?.phase ?? "no phase yet", cluster.status?.phaseReason].filter(Boolean).join(": "),
    events: warnings(cluster.metadata.name),
    log: [],
  }));
  const missing = secrets.map(({ object, name, reason }) => ({
    object,
    reason,
    events: warnings(name),
    log: [],
  }));
  const broken = pods.flatMap((pod) => {
    const problem = problemOf(pod);
    return problem ? [{ pod, ...problem }] : [];
  });
  const podFindings = await Promise.all(
    broken.map(async ({ pod, reason, container }) => ({
      object: `Pod ${pod.metadata.name}`,
      reason,
      events: warnings(pod.metadata.name),
      log: container ? await lastLines(client, namespace, pod.metadata.name, container, redact) : [],
    })),
  );
  return [...databases, ...missing, ...podFindings].map((finding) => redacted(finding, redact));
}

function redacted(finding: Finding, redact: Redact = (text) => text): Finding {
  return { ...finding, reason: redact(finding.reason), events: finding.events.map(redact) };
}

function isUnhealthy(cluster: Cluster): boolean {
  const ready = cluster.status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status !== "True";
}

/** Why a pod is not ready, and the container to blame; `undefined` for a pod that is, or that has done its work. */
export function problemOf(pod: Pod): { reason: string; container?: string } | undefined {
  const { phase, conditions = [], containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  if (phase === "Succeeded") return undefined;
  const unscheduled = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled) return { reason: `${unscheduled.reason}: ${unscheduled.message}` };
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const reason = containerProblem(container);
    if (reason) return { reason: `container ${container.name}: ${reason}`, container: container.name };
  }
  const unready = conditions.find(({ type, status }) => type === "Ready" && status === "False");
  const container = containerStatuses.find(({ ready }) => !ready)?.name;
  if (!unready || unready.reason === "PodCompleted") return undefined;
  return { reason: `not ready: ${unready.message ?? unready.reason}`, ...(container ? { container } : {}) };
}

function containerProblem({ state, lastState, restartCount }: ContainerStatus): string | undefined {
  const died = state?.terminated ?? lastState?.terminated;
  const exit = died && died.exitCode !== 0 ? `, exited with ${died.exitCode} (${died.reason})` : "";
  const waiting = state?.waiting;
  if (waiting?.reason && waiting.reason !== "ContainerCreating" && waiting.reason !== "PodInitializing") {
    return `${waiting.reason}${exit}${waiting.message ? `: ${waiting.message}` : ""}`;
  }
  return exit !== "" && restartCount > 0 ? `restarted ${restartCount} time(s)${exit}` : undefined;
}

async function lastLines(
  client: Kubectl,
  namespace: string,
  pod: string,
  container: string,
  redact: Redact | undefined,
): Promise<string[]> {
  if (redact === undefined) {
    const command = `kubectl logs ${pod} --namespace ${namespace} --container ${container}`;
    return [`(left out, as the namespace's Secrets cannot be read to hide them in it: ${command})`];
  }
  const args = ["logs", pod, "--namespace", namespace, "--container", container, "--tail", String(LOG_LINES)];
  const previous = await kubectl(client, ...args, "--previous");
  const text = previous || (await kubectl(client, ...args)) || "";
  return redact(text)
    .split("\n")
    .filter((line) => line.trim() !== "");
}

/** A finding as lines for people. */
export function describeFinding({ object, reason, events, log }: Finding): string[] {
  return [
    `${object}: ${reason}`,
    ...events.map((event) => `  event  ${event}`),
    ...log.map((line) => `  log    ${line}`),
  ];
}
