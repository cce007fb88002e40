import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** The fields of a `ScheduledBackup` (postgresql.cnpg.io/v1, operator 1.30) that this package sets. */
export interface ScheduledBackupSpec {
  readonly cluster: { readonly name: pulumi.Input<string> };
  /** Cron with six fields: the first is the second. */
  readonly schedule: string;
  readonly immediate: boolean;
  readonly backupOwnerReference: "cluster";
  readonly method: "plugin" | "volumeSnapshot";
  readonly pluginConfiguration?: { readonly name: string };
}

/** Arguments of a `ScheduledBackup` object. */
export interface ScheduledBackupArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: ScheduledBackupSpec;
}

/**
 * A CloudNativePG `ScheduledBackup` object, typed.
 *
 * It offers nothing to wait for: its status only names times. Whether a backup came of it is said by the
 * Cluster's condition `LastBackupSucceeded` and by the ObjectStore's status.
 */
export class ScheduledBackup extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: ScheduledBackupArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "postgresql.cnpg.io/v1", kind: "ScheduledBackup", ...args }, opts);
  }
}
