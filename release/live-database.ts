import type { KubeObject } from "../adapters/kubectl";
import { type Archived, archiverOf } from "./backup-health";
import type { Reading, ReadHere } from "./live";

/** How the database is. */
export interface DatabaseLive {
  readonly cluster: string;
  readonly healthy: boolean;
  /** What the operator says. */
  readonly phase: string;
  readonly ready: number;
  readonly desired: number;
  /** Whether the log is archived; `none` where nothing archives. */
  readonly archiving: "yes" | "no" | "none";
  readonly lastBackupSucceeded: "yes" | "no" | "none";
  /** When the newest completed backup ended. */
  readonly backup: Reading<{ readonly completed: string }>;
}

interface Condition {
  readonly type: string;
  readonly status: string;
}
type Cluster = KubeObject & {
  readonly spec?: Archived & { readonly instances?: number };
  readonly status?: {
    readonly phase?: string;
    readonly readyInstances?: number;
    readonly conditions?: readonly Condition[];
    readonly lastSuccessfulBackup?: string;
    readonly lastSuccessfulBackupByMethod?: Readonly<Record<string, string>>;
  };
};
type Backup = KubeObject & {
  readonly spec?: { readonly cluster?: { readonly name: string } };
  readonly status?: { readonly phase?: string; readonly stoppedAt?: string };
};
type ObjectStore = KubeObject & {
  readonly status?: {
    readonly serverRecoveryWindow?: Readonly<
      Record<string, { readonly lastSuccessfulBackupTime?: string } | undefined>
    >;
  };
};

/** The Cluster of the application. */
export const DATABASE = "app.kubernetes.io/managed-by=stagewright,app.kubernetes.io/component=database";

/** Reads the database's Cluster and its newest backup, wherever that is recorded. */
export async function readDatabase(here: ReadHere): Promise<Reading<DatabaseLive>> {
  const [clusters, backups, stores] = await Promise.all([
    here<Cluster>("clusters.postgresql.cnpg.io", DATABASE),
    here<Backup>("backups.postgresql.cnpg.io"),
    here<ObjectStore>("objectstores.barmancloud.cnpg.io"),
  ]);
  if (clusters === "not readable") return "not reachable";
  const [cluster] = clusters;
  if (cluster === undefined) return "none";
  const newest = newestBackup(
    cluster,
    backups === "not readable" ? [] : backups,
    stores === "not readable" ? [] : stores,
  );
  const unknown = backups === "not readable" || stores === "not readable" ? "not reachable" : "none";
  return { ...describe(cluster), backup: newest === undefined ? unknown : { completed: newest } };
}

function describe({ metadata, spec, status = {} }: Cluster): Omit<DatabaseLive, "backup"> {
  const answer = (type: string) => {
    const condition = status.conditions?.find((condition) => condition.type === type);
    return condition === undefined ? "none" : condition.status === "True" ? "yes" : "no";
  };
  const [ready, desired] = [status.readyInstances ?? 0, spec?.instances ?? 1];
  return {
    cluster: metadata.name,
    healthy: answer("Ready") === "yes" && ready >= desired,
    phase: status.phase ?? "no phase yet",
    ready,
    desired,
    archiving: answer("ContinuousArchiving"),
    lastBackupSucceeded: answer("LastBackupSucceeded"),
  };
}

function newestBackup(
  { metadata, spec, status }: Cluster,
  backups: readonly Backup[],
  stores: readonly ObjectStore[],
): string | undefined {
  // An object store has a window for each archive, and that is called by the cluster and its generation.
  const archive = archiverOf(spec)?.serverName;
  const times = [
    status?.lastSuccessfulBackup,
    ...Object.values(status?.lastSuccessfulBackupByMethod ?? {}),
    ...backups
      .filter(({ spec, status }) => spec?.cluster?.name === metadata.name && status?.phase === "completed")
      .map(({ status }) => status?.stoppedAt),
    ...stores.map(
      ({ status }) => status?.serverRecoveryWindow?.[archive ?? metadata.name]?.lastSuccessfulBackupTime,
    ),
  ];
  return times
    .filter((time) => time !== undefined && !Number.isNaN(Date.parse(time)))
    .toSorted((one = "", other = "") => Date.parse(other) - Date.parse(one))[0];
}
