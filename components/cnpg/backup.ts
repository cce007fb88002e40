import { containerOf, storeCredentials } from "./store-credentials";
import { withDefaults } from "../manifests/defaults";
import { resourceRequirements } from "../manifests/resources";
import type { BackupSettings } from "./backup-settings";
import type { ObjectStoreSpec } from "./object-store";
import type { ScheduledBackupSpec } from "./scheduled-backup";

/** Name of the plugin that archives; the operator's own way of archiving goes with its version 1.31. */
export const BARMAN_PLUGIN = "barman-cloud.cloudnative-pg.io";

const DEFAULTS = {
  retention: "30d",
  compression: "gzip",
  schedule: "0 0 2 * * *",
  immediate: true,
  generation: 1,
  rpoSeconds: 300,
  sidecar: { cpu: "100m", cpuLimit: "1", memory: "512Mi" },
} satisfies Partial<BackupSettings>;
/** The settings of a backup, with nothing left open. */
export type Backup = BackupSettings & Required<Pick<BackupSettings, keyof typeof DEFAULTS>>;

const SNAPSHOT_SCHEDULE = "0 0 4 * * 0";
const SIX_FIELDS = /^\S+(\s+\S+){5}$/;

/** Fills in the defaults. */
export function settleBackup(settings: BackupSettings): Backup {
  return withDefaults(DEFAULTS, settings);
}

/** What is wrong with the settings of a backup; `undefined` when nothing is. */
export function backupProblem(backup: Backup): string | undefined {
  const { destination, endpoint, secretName, identity, retention, generation, rpoSeconds, snapshots } =
    backup;
  if ((secretName === undefined) === (identity === undefined)) {
    return "backup takes either secretName or identity: one of them, not both";
  }
  if (containerOf(destination) === undefined) {
    return `backup.destination is ${destination}; it must be s3://bucket/path, gs://bucket/path or https://account.blob.core.windows.net/container`;
  }
  if (endpoint !== undefined && !/^https?:\/\/[^/\s]+$/.test(endpoint)) {
    return `backup.endpoint is ${endpoint}; it must be an address such as https://s3.example.com:9000, without a path`;
  }
  if (!/^[1-9]\d*[dwm]$/.test(retention)) {
    return `backup.retention is ${retention}; it must be a number of days, weeks or months, such as 30d`;
  }
  const schedule = [backup.schedule, snapshots?.schedule ?? SNAPSHOT_SCHEDULE].find(
    (cron) => !SIX_FIELDS.test(cron.trim()),
  );
  if (schedule !== undefined) {
    return `a backup's schedule is ${schedule}; it must be cron with six fields, the first being the second, such as 0 0 2 * * *`;
  }
  if (!Number.isInteger(generation) || generation < 1) {
    return `backup.generation is ${generation}; it must be a whole number of at least 1`;
  }
  if (!Number.isInteger(rpoSeconds) || rpoSeconds < 60) {
    return `backup.rpoSeconds is ${rpoSeconds}; it must be a whole number of at least 60`;
  }
  return undefined;
}

/** Name of the archive in the store: one for each generation, so that no two histories meet in it. */
export function serverNameOf(cluster: string, { generation }: Pick<Backup, "generation">): string {
  return `${cluster}-${generation}`;
}

/** PostgreSQL parameters that a backup needs. */
export function backupParameters({ rpoSeconds }: Backup): Record<string, string> {
  // A quarter is left for noticing that the time is over, and for the upload.
  return { archive_timeout: `${Math.floor(rpoSeconds * 0.75)}s` };
}

/** The store that the plugin archives to. */
export function objectStoreSpec(backup: Backup): ObjectStoreSpec {
  const { destination, endpoint, endpointCaSecretName, retention, compression, sidecar } = backup;
  return {
    retentionPolicy: retention,
    configuration: {
      destinationPath: destination,
      ...(endpoint ? { endpointURL: endpoint } : {}),
      ...(endpointCaSecretName ? { endpointCA: { name: endpointCaSecretName, key: "ca.crt" } } : {}),
      ...storeCredentials(destination, backup.secretName),
      // A standby would ask for this many files at once, of which a switchover waits: four made it twice as long. One
      // after the other, 13 MiB/s are archived all the same.
      wal: { compression, maxParallel: 1 },
      data: { compression, jobs: 2 },
    },
    instanceSidecarConfiguration: {
      resources: resourceRequirements(sidecar),
      ...(endpoint && destination.startsWith("s3:") ? { env: ONLY_REQUIRED_CHECKSUMS } : {}),
    },
  };
}

/** Amazon's library sends checksums of its own by default, which many other stores refuse. */
const ONLY_REQUIRED_CHECKSUMS = [
  { name: "AWS_REQUEST_CHECKSUM_CALCULATION", value: "when_required" },
  { name: "AWS_RESPONSE_CHECKSUM_VALIDATION", value: "when_required" },
];

/** The schedule of backups into the archive. */
export function archiveScheduleSpec(cluster: string, backup: Backup): ScheduledBackupSpec {
  return {
    ...schedule(cluster, backup.schedule, backup.immediate),
    method: "plugin",
    pluginConfiguration: { name: BARMAN_PLUGIN },
  };
}

/** The schedule of snapshots of the volumes. */
export function snapshotScheduleSpec(cluster: string, cron = SNAPSHOT_SCHEDULE): ScheduledBackupSpec {
  return { ...schedule(cluster, cron, false), method: "volumeSnapshot" };
}

// Backups outlive the schedule that made them: it is replaced with each generation and major version.
const schedule = (cluster: string, cron: string, immediate: boolean) => ({
  cluster: { name: cluster },
  schedule: cron.trim(),
  immediate,
  backupOwnerReference: "cluster" as const,
});
