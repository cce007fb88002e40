import { getObjects, type Kubectl, type KubeObject, kubectl, kubectlFinished } from "../../adapters/kubectl";
import { PROVE } from "../../components/cnpg/restore-proof";
import { type Pod, problemOf } from "../diagnosis";
import { ReleaseError } from "../errors";
import type { Progress } from "../progress";
import type { Interruption } from "./interruption";
import { type Checkpoint, DRILL_SCHEMA, tablesOf } from "./live-side";
import { type Psql, runScript } from "./psql";
import { reasonOf } from "./recovery-log";

/** What is restored, and where. */
export interface Restored {
  readonly client: Kubectl;
  readonly namespace: string;
  readonly name: string;
}

type Cluster = KubeObject & {
  readonly status?: {
    readonly phase?: string;
    readonly currentPrimary?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

const POLL_MILLISECONDS = 1000;
/** A node that is being added, or a registry that is away for a moment, mends itself. */
const PATIENCE_SECONDS = 90;

/** Makes an object. */
export async function make(client: Kubectl, object: Readonly<Record<string, unknown>>): Promise<void> {
  const made = await kubectlFinished(client, ["create", "--filename", "-"], JSON.stringify(object));
  if (made.exitCode !== 0) {
    throw new ReleaseError("failed", `${String(object["kind"])} cannot be made: ${made.stderr.trim()}`);
  }
}

/** Waits until the restored cluster is ready, and gives its instance; a recovery that failed is told at once. */
export async function ready(
  { client, namespace, name }: Restored,
  timeoutSeconds: number,
  progress: Progress,
  interruption: Interruption,
): Promise<string> {
  const here = ["--namespace", namespace];
  const deadline = Date.now() + timeoutSeconds * 1000;
  let told = "";
  let stuck = { reason: "", since: 0 };
  for (;;) {
    const [[cluster], pods] = await Promise.all([
      getObjects<Cluster>(client, "clusters.postgresql.cnpg.io", name, ...here),
      getObjects<Pod>(client, "pods", ...here, "--selector", `cnpg.io/cluster=${name}`),
    ]);
    interruption.check();
    if (cluster === undefined)
      throw new ReleaseError("failed", `cluster ${name} was removed by somebody else`);
    const { phase = "", conditions = [], currentPrimary } = cluster.status ?? {};
    const isReady = conditions.some(({ type, status }) => type === "Ready" && status === "True");
    if (isReady && currentPrimary !== undefined) return currentPrimary;
    const failed = pods.find(({ status }) => status?.phase === "Failed");
    if (failed !== undefined) throw new ReleaseError("failed", await reasonOf(client, namespace, failed));
    if (phase !== "" && phase !== told) progress.step(`  ${(told = phase)}`);
    const reason = pods.map((pod) => problemOf(pod)?.reason ?? "").find((text) => isStuck(text)) ?? "";
    if (reason !== stuck.reason) stuck = { reason, since: Date.now() };
    if (reason !== "" && Date.now() - stuck.since > PATIENCE_SECONDS * 1000) {
      throw new ReleaseError("failed", `the restored cluster does not come up: ${reason}`);
    }
    if (Date.now() > deadline) {
      throw new ReleaseError(
        "failed",
        `not restored within ${timeoutSeconds} s; last: ${phase || "no phase yet"}`,
      );
    }
    await interruption.pause(POLL_MILLISECONDS);
  }
}

/** An instance that is merely not ready yet is on its way. */
const isStuck = (reason: string) => reason !== "" && !reason.startsWith("not ready");

/**
 * Proves by SQL that the restored database is the live one at the checkpoint, to the transaction.
 *
 * @throws ReleaseError that says what differs.
 */
export async function prove(restored: Psql, { snapshot, tables }: Checkpoint): Promise<void> {
  const rows = await runScript(restored, PROVE, { schema: DRILL_SCHEMA, snapshot });
  const value = (kind: string) => rows.find(([name]) => name === kind)?.[1];
  const problem =
    markerProblem(value("marker") ?? "") ?? tablesProblem(tables, tablesOf(rows), Number(value("between")));
  if (problem !== undefined) throw new ReleaseError("failed", problem);
}

function markerProblem(marker: string): string | undefined {
  if (marker === "1") return undefined;
  const ids = marker.split(",");
  return ids.includes("1")
    ? "the first row after the target is there: the recovery went too far"
    : "the last row before the target is not there: the recovery stopped short";
}

/** How what was restored differs from what was there, by table. */
export function tablesProblem(
  live: Checkpoint["tables"],
  restored: Checkpoint["tables"],
  between: number,
): string | undefined {
  const names = [...new Set([...live.keys(), ...restored.keys()])];
  const differing = names.filter((name) => live.get(name) !== restored.get(name));
  if (differing.length === 0) return undefined;
  const shown = differing.slice(0, 5).map((name) => {
    const [before, after] = [live, restored].map((side) => side.get(name)?.split("|")[0] ?? "no");
    return `${name} (${before} rows live, ${after} restored)`;
  });
  const more = differing.length > shown.length ? ` and ${differing.length - shown.length} more` : "";
  const because =
    between > 0
      ? `; ${between} transactions committed at the very moment of the checkpoint, so run it again at a quieter time`
      : "";
  return `${differing.length} of ${names.length} tables differ: ${shown.join(", ")}${more}${because}`;
}

/** Removes what was restored, with its volumes, and waits until it is gone. */
export async function remove({ client, namespace, name }: Restored): Promise<void> {
  const how = ["--namespace", namespace, "--ignore-not-found", "--wait"];
  const gone = await Promise.all([
    kubectl(client, "delete", "clusters.postgresql.cnpg.io", name, "--cascade=foreground", ...how),
    kubectl(client, "delete", "pod,networkpolicy", "--selector", `app.kubernetes.io/name=${name}`, ...how),
  ]);
  if (gone.includes(undefined)) {
    throw new ReleaseError(
      "failed",
      `what was restored could not be removed: kubectl delete cluster ${name} --namespace ${namespace}`,
    );
  }
}

/** Whether a drill that was killed has left something behind. */
export async function isLeftOver({ client, namespace, name }: Restored): Promise<boolean> {
  const found = await getObjects(client, "clusters.postgresql.cnpg.io", name, "--namespace", namespace);
  return found.length > 0;
}
