import { execFileSync } from "node:child_process";

/** Runs kubectl against the cluster at hand and gives what it printed. */
export function kubectl(...args: string[]): string {
  return execFileSync("kubectl", args, {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** A pod as far as the suites look. */
export interface PodView {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels: Record<string, string>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: PodSpecView;
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly {
      readonly restartCount: number;
      readonly ready: boolean;
      readonly imageID: string;
    }[];
  };
}
/** A pod's specification as far as the suites look. */
export interface PodSpecView {
  readonly containers: readonly { readonly image: string }[];
}

/** Pods of a namespace that serve: finished Jobs are left out, and pods that leave. */
export function servingPods(namespace: string, ...selector: string[]): PodView[] {
  const { items } = JSON.parse(
    kubectl("get", "pods", "--namespace", namespace, ...selector, "--output", "json"),
  ) as { items: PodView[] };
  return items.filter(
    ({ metadata, status }) => status.phase !== "Succeeded" && metadata.deletionTimestamp === undefined,
  );
}

/** What changes when a pod is replaced or restarted. */
export function podIdentities(namespace: string): string[] {
  return servingPods(namespace)
    .map(({ metadata, status }) => `${metadata.uid} ${status.containerStatuses?.[0]?.restartCount ?? 0}`)
    .toSorted();
}

/** What a Secret holds, in plain. */
export function secretValues(namespace: string, name: string): Record<string, string> {
  const read = kubectl("get", "secret", name, "--namespace", namespace, "--output", "jsonpath={.data}");
  const coded = Object.entries(JSON.parse(read) as Record<string, string>);
  return Object.fromEntries(coded.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

/** Asks an instance of a cluster, as its superuser over the local socket. */
export function sql(namespace: string, pod: string, statement: string, database = "app"): string {
  return kubectl(
    "exec",
    "--namespace",
    namespace,
    pod,
    "--container",
    "postgres",
    "--",
    "psql",
    "-XAtq",
    "-d",
    database,
    "-c",
    statement,
  );
}

/** Waits until `what` holds, and fails with its last word otherwise. */
export async function eventually(
  seconds: number,
  what: () => Promise<true | string> | true | string,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await what();
    if (answer === true) return;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${answer}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
