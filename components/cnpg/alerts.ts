import { isSynchronous } from "./synchronous";

/** One alert, as Prometheus takes it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: {
    readonly severity: "warning" | "critical";
    readonly namespace: string;
    readonly cluster: string;
  };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

/** What alerts are made for. */
export interface Watched {
  readonly namespace: string;
  readonly cluster: string;
  readonly instances: number;
  readonly archived: boolean;
  /** Whether it is one of a pair, and may follow the other one. */
  readonly paired: boolean;
  readonly backupMaxAgeHours: number;
  readonly runbooks: string;
}

interface Draft {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: AlertRule["labels"]["severity"];
  readonly summary: string;
}

/** The alerts of a cluster. Each has a runbook of its own name. */
export function alertRules(watched: Watched): AlertRule[] {
  const { namespace, cluster, instances, archived } = watched;
  const drafts = [
    ...(archived ? archiveAlerts(watched) : []),
    ...(instances > 1 ? replicationAlerts(watched) : []),
    ...(isSynchronous(instances) ? [synchronousAlert(watched)] : []),
    volumeAlert(watched),
    certificateAlert(watched),
  ];
  return drafts.map(({ alert, expr, for: lasting, severity, summary }) => ({
    alert,
    expr,
    for: lasting,
    // No series keeps its labels through `max`, and Alertmanager takes alerts with equal labels for one.
    labels: { severity, namespace, cluster },
    annotations: {
      summary,
      description: `PostgreSQL cluster ${namespace}/${cluster}: ${summary} ({{ $value }}).`,
      runbook_url: `${watched.runbooks}/${alert}.md`,
    },
  }));
}

const instancesOf = ({ namespace, cluster }: Watched) => `namespace="${namespace}",pod=~"${cluster}-[0-9]+"`;

function archiveAlerts(watched: Watched): Draft[] {
  const here = `{${instancesOf(watched)}}`;
  const archiver = "cnpg_pg_stat_archiver";
  return [
    {
      alert: "PostgresArchiveFailing",
      // An idle database archives nothing, so only a failure after the last success tells.
      expr: `max(${archiver}_last_failed_time${here} - ${archiver}_last_archived_time${here}) > 0`,
      for: "5m",
      severity: "critical",
      summary: "the log is not archived: what is written now cannot be recovered",
    },
    {
      alert: "PostgresBackupTooOld",
      // A backup that never was has the time 0.
      expr: `time() - max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp${here}) > ${watched.backupMaxAgeHours * 3600}`,
      for: "1h",
      severity: "critical",
      summary: `the last backup is older than ${watched.backupMaxAgeHours} hours`,
    },
  ];
}

function replicationAlerts(watched: Watched): Draft[] {
  const here = `{${instancesOf(watched)}}`;
  // A cluster that follows another one's archive is behind by a file of the log, and idle for ever when that one is.
  const following = watched.paired ? ` unless on (pod) cnpg_collector_replica_mode${here} == 1` : "";
  return [
    {
      alert: "PostgresReplicationLag",
      expr: `max(cnpg_pg_replication_lag${here}${following}) > 30`,
      for: "2m",
      severity: "warning",
      summary: "a standby is more than 30 seconds behind",
    },
  ];
}

function synchronousAlert(watched: Watched): Draft {
  return {
    alert: "PostgresNoSynchronousStandby",
    expr: `max(cnpg_pg_replication_streaming_replicas{${instancesOf(watched)}}) < 1`,
    for: "1m",
    severity: "critical",
    summary: "no standby follows, so every commit waits for one",
  };
}

function volumeAlert({ namespace, cluster }: Watched): Draft {
  const claims = `{namespace="${namespace}",persistentvolumeclaim=~"${cluster}-[0-9]+(-wal)?"}`;
  return {
    alert: "PostgresVolumeFilling",
    expr: `min(kubelet_volume_stats_available_bytes${claims} / kubelet_volume_stats_capacity_bytes${claims}) < 0.15`,
    for: "5m",
    severity: "critical",
    summary: "a volume is more than 85 % full; PostgreSQL stops on a full one",
  };
}

function certificateAlert({ namespace, cluster }: Watched): Draft {
  const secrets = `{secret_namespace="${namespace}",secret_name=~"${cluster}-(ca|server|replication)"}`;
  return {
    alert: "PostgresCertificateExpiring",
    // The operator renews 7 days before the end, and tells no metric of it; x509-certificate-exporter does.
    expr: `min(x509_cert_not_after${secrets}) - time() < 5 * 86400`,
    for: "1h",
    severity: "warning",
    summary: "a certificate ends in less than 5 days, and was not renewed",
  };
}
