import { kubectl } from "../../adapters/kubectl";
import { ReleaseError } from "../errors";
import type { ClusterView } from "./instances";
import type { Target } from "./writer";

/** What is done to a cluster's primary through the cluster itself. */
export const faults = ["switchover", "delete", "kill"] as const;
export type InstanceFault = (typeof faults)[number];
/** Those, and what only the infrastructure can do. */
export type Fault = InstanceFault | "node";

/** What each fault is, for people. */
export const FAULT_NAMES: Readonly<Record<Fault, string>> = {
  switchover: "planned switchover",
  delete: "primary's pod deleted",
  kill: "PostgreSQL killed with SIGKILL",
  node: "primary's node unreachable",
};

/** Does it. */
export async function inflict(fault: InstanceFault, target: Target, view: ClusterView): Promise<void> {
  const { client, namespace, cluster } = target;
  const here = ["--namespace", namespace];
  const done = await {
    switchover: () =>
      kubectl(client, "patch", "clusters.postgresql.cnpg.io", cluster, ...here, ...promotion(view)),
    delete: () => kubectl(client, "delete", "pod", view.primary, ...here, "--wait=false"),
    kill: () =>
      kubectl(
        client,
        "exec",
        view.primary,
        ...here,
        "--container",
        "postgres",
        "--",
        "sh",
        "-c",
        KILL_POSTMASTER,
      ),
  }[fault]();
  if (done === undefined)
    throw new ReleaseError("failed", `${FAULT_NAMES[fault]} of ${view.primary} was refused`);
}

const KILL_POSTMASTER = 'kill -9 "$(head -n 1 "$PGDATA/postmaster.pid")"';

/** What `kubectl cnpg promote` writes. */
function promotion({ standby, primary }: ClusterView): string[] {
  if (standby === undefined) {
    throw new ReleaseError(
      "usage",
      `${primary} has no standby to switch to: database.instances must be 2 or more`,
    );
  }
  const status = {
    targetPrimary: standby,
    targetPrimaryTimestamp: new Date().toISOString(),
    phase: "Switchover in progress",
    phaseReason: `Switching over to ${standby}`,
  };
  return ["--subresource", "status", "--type", "merge", "--patch", JSON.stringify({ status })];
}
