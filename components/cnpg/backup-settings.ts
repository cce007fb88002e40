import type { Input } from "@pulumi/pulumi";
import type { Resources } from "../manifests/resources";

/** How data and log are compressed on their way to the object store. */
export const Compression = { Bzip2: "bzip2", Gzip: "gzip", Lz4: "lz4", Snappy: "snappy" } as const;
/** How data and log are compressed on their way to the object store. */
export type Compression = (typeof Compression)[keyof typeof Compression];

/** Where a cluster archives its log continuously, and how often all of its data. */
export interface BackupSettings {
  /** Where to: `s3://bucket/path`, `gs://bucket/path`, or `https://account.blob.core.windows.net/container`. */
  readonly destination: string;
  /**
   * Address of the store, such as `https://s3.example.com:9000`, where it is not the cloud's own.
   *
   * @default - the cloud's own, by `destination`
   */
  readonly endpoint?: string;
  /**
   * Name of a Secret whose `ca.crt` signed the certificate of `endpoint`.
   *
   * @default - the authorities that the plugin's image knows
   */
  readonly endpointCaSecretName?: Input<string>;
  /**
   * Name of the Secret with the credentials: `ACCESS_KEY_ID` and `ACCESS_SECRET_KEY` for s3,
   * `APPLICATION_CREDENTIALS` for gs, `STORAGE_ACCOUNT` and `STORAGE_KEY` for Azure. Either this or `identity`.
   */
  readonly secretName?: Input<string>;
  /**
   * Workload identity instead of credentials: annotations of the instances' service account, such as
   * `eks.amazonaws.com/role-arn`; empty where the node's own identity is used. Either this or `secretName`.
   */
  readonly identity?: Record<string, string>;
  /**
   * How long backups, and the log between them, are kept: a number of days, weeks or months, such as `30d`.
   *
   * @default "30d"
   */
  readonly retention?: string;
  /**
   * How data and log are compressed.
   *
   * @default "gzip"
   */
  readonly compression?: Compression;
  /**
   * When all data is backed up: cron with six fields, the first being the second, in UTC.
   *
   * @default "0 0 2 * * *"
   */
  readonly schedule?: string;
  /**
   * Whether a backup is made at once, when the archive or the major version is new: without one, the log that is
   * archived restores nothing.
   *
   * @default true
   */
  readonly immediate?: boolean;
  /**
   * Which archive is written. A cluster that is made anew, or recovered, needs the next number: an archive must
   * never hold the logs of two histories.
   *
   * @default 1
   */
  readonly generation?: number;
  /**
   * Seconds of writes that may be lost with every volume at once, 60 at least.
   *
   * @default 300
   */
  readonly rpoSeconds?: number;
  /**
   * What the process that archives may use, in each instance.
   *
   * @default - 100m CPU, 1 at most, and 512Mi
   */
  readonly sidecar?: Resources;
  /** Snapshots of the volumes, beside the archive: far faster to restore, but of the same storage. */
  readonly snapshots?: SnapshotSettings;
}

/** Snapshots of a cluster's volumes. They are kept until somebody deletes them. */
export interface SnapshotSettings {
  /** VolumeSnapshotClass of the volumes. */
  readonly className: string;
  /**
   * When they are made: cron with six fields, the first being the second, in UTC.
   *
   * @default "0 0 4 * * 0"
   */
  readonly schedule?: string;
}
