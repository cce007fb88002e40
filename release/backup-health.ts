import { getObjects, type Kubectl, type KubeObject } from "../adapters/kubectl";
import { lastWordsOfPlugin } from "./plugin-log";

/** What a cluster and its object store say of the backup. */
export interface BackupHealth {
  /** `pending`: nothing has failed, but nothing has succeeded yet either. */
  readonly state: "healthy" | "pending" | "broken";
  /** What is wrong, for a person; empty when nothing is. */
  readonly problem: string;
  /** When all data was last backed up. */
  readonly lastBackup?: string;
  /** Commands that show more, and what the plugin last complained of. */
  readonly look: readonly string[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

/** How a Cluster is archived, as its `spec` says. */
export interface Archived {
  readonly plugins?: readonly {
    readonly isWALArchiver?: boolean;
    readonly parameters?: { readonly barmanObjectName?: string; readonly serverName?: string };
  }[];
}

/** The object store that a Cluster's log goes to, and the name of its archive there. */
export const archiverOf = (spec: Archived = {}) =>
  spec.plugins?.find(({ isWALArchiver }) => isWALArchiver)?.parameters;

type Cluster = KubeObject & {
  readonly spec?: Archived;
  readonly status?: { readonly conditions?: readonly Condition[]; readonly currentPrimary?: string };
};
type Store = KubeObject & {
  readonly status?: {
    readonly serverRecoveryWindow?: Readonly<
      Record<string, { lastSuccessfulBackupTime?: string; lastFailedBackupTime?: string }>
    >;
  };
};

/** Asks a cluster and its object store how the backup is. */
export async function readBackupHealth(
  client: Kubectl,
  namespace: string,
  name: string,
  maxAgeHours: number,
  now = Date.now(),
): Promise<BackupHealth> {
  const here = ["--namespace", namespace];
  const [cluster] = await getObjects<Cluster>(client, "clusters.postgresql.cnpg.io", name, ...here);
  const archiver = archiverOf(cluster?.spec);
  const storeName = archiver?.barmanObjectName;
  if (cluster === undefined || storeName === undefined) {
    const problem =
      cluster === undefined ? `there is no Cluster ${name}` : `Cluster ${name} archives nothing`;
    return { state: "broken", problem, look: [`kubectl get cluster ${name} --namespace ${namespace}`] };
  }
  const [store] = await getObjects<Store>(client, "objectstores.barmancloud.cnpg.io", storeName, ...here);
  const window = store?.status?.serverRecoveryWindow?.[archiver?.serverName ?? name] ?? {};
  const lastBackup = window.lastSuccessfulBackupTime;
  const judged = judge(cluster.status?.conditions ?? [], window, maxAgeHours, now);
  return {
    ...judged,
    ...(lastBackup === undefined ? {} : { lastBackup }),
    look: judged.state === "healthy" ? [] : await waysToLook(client, namespace, cluster, storeName),
  };
}

function judge(
  conditions: readonly Condition[],
  {
    lastSuccessfulBackupTime: last,
    lastFailedBackupTime: failed,
  }: NonNullable<NonNullable<Store["status"]>["serverRecoveryWindow"]>[string],
  maxAgeHours: number,
  now: number,
): Pick<BackupHealth, "state" | "problem"> {
  const archiving = conditions.find(({ type }) => type === "ContinuousArchiving");
  if (archiving?.status === "False") {
    return { state: "broken", problem: `the log is not archived: ${archiving.message ?? "no reason given"}` };
  }
  if (last === undefined) {
    return failed === undefined
      ? { state: "pending", problem: "no backup was made yet, so what is archived restores nothing" }
      : { state: "broken", problem: `no backup ever succeeded, the last failed at ${failed}` };
  }
  const hours = (now - Date.parse(last)) / 3_600_000;
  if (hours > maxAgeHours) {
    const age = `${hours.toFixed(1)} hours old, more than ${maxAgeHours}`;
    return { state: "broken", problem: `the last backup, of ${last}, is ${age}` };
  }
  if (archiving === undefined) return { state: "pending", problem: "no log was archived yet" };
  return { state: "healthy", problem: "" };
}

async function waysToLook(
  client: Kubectl,
  namespace: string,
  { metadata, status }: Cluster,
  store: string,
): Promise<string[]> {
  const primary = status?.currentPrimary ?? `${metadata.name}-1`;
  const words = await lastWordsOfPlugin(client, namespace, primary);
  return [
    `kubectl describe cluster ${metadata.name} --namespace ${namespace}`,
    `kubectl describe objectstore ${store} --namespace ${namespace}`,
    `kubectl logs ${primary} --namespace ${namespace} --container plugin-barman-cloud`,
    ...words.map((word) => `  the plugin says: ${word}`),
  ];
}
