import type { Input } from "@pulumi/pulumi";
import { BARMAN_PLUGIN } from "./backup";
import type { ClusterSpec, ExternalCluster } from "./cluster";

/** Which archive a new cluster is made from, and up to where; without a target, up to the last archived log. */
export interface RecoverySettings {
  /**
   * Name of the archive in the object store: the cluster's name and its generation, such as `blog-db-1`. The new
   * cluster never writes to it: it archives under a name of its own.
   */
  readonly serverName: string;
  /**
   * Name of the ObjectStore that the archive is read from.
   *
   * @default - the one that `backup` makes
   */
  readonly objectStoreName?: Input<string>;
  /**
   * The base backup to begin with, such as `20261124T020000`; `targetName` demands it.
   *
   * @default - the last one before the target
   */
  readonly backupId?: string;
  /** Time to stop at, with its zone, such as `2026-11-24T13:05:00Z`. Either this or `targetName`. */
  readonly targetTime?: string;
  /** Restore point to stop at, as made with `pg_create_restore_point`. Either this or `targetTime`. */
  readonly targetName?: string;
}

/** Name by which the specification itself calls the cluster that is recovered. */
const ORIGIN = "origin";
const WITH_ZONE = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;

/** What is wrong with a recovery into an archive of that name; `undefined` when nothing is. */
export function recoveryProblem(
  recovery: RecoverySettings,
  ownServerName: string | undefined,
): string | undefined {
  const { serverName, objectStoreName, backupId, targetTime, targetName } = recovery;
  if (targetTime !== undefined && targetName !== undefined) {
    return "recovery takes either targetTime or targetName: one of them, not both";
  }
  if (ownServerName === undefined && objectStoreName === undefined) {
    return "recovery reads the ObjectStore that backup makes; without backup it needs objectStoreName";
  }
  if (serverName === ownServerName) {
    return `recovery.serverName is ${serverName}, which the cluster itself would archive to; raise backup.generation`;
  }
  if (targetTime !== undefined && (!WITH_ZONE.test(targetTime) || Number.isNaN(Date.parse(targetTime)))) {
    return `recovery.targetTime is ${targetTime}; it must be a time with its zone, such as 2026-11-24T13:05:00Z`;
  }
  if (targetName !== undefined && !/^[^\p{Cc}]{1,63}$/u.test(targetName)) {
    return `recovery.targetName is ${targetName}; it must be the name of a restore point, 63 characters at most`;
  }
  if (targetName !== undefined && backupId === undefined) {
    return "recovery.targetName needs recovery.backupId: only a time tells by itself which backup to begin with";
  }
  return undefined;
}

/** How a cluster begins that is recovered from an archive. */
export function recoveryBootstrap(
  { backupId, targetTime, targetName }: RecoverySettings,
  database: Input<string>,
): ClusterSpec["bootstrap"] {
  const target = {
    ...(backupId === undefined ? {} : { backupID: backupId }),
    ...(targetTime === undefined ? {} : { targetTime }),
    ...(targetName === undefined ? {} : { targetName }),
  };
  return {
    recovery: {
      source: ORIGIN,
      database,
      owner: database,
      ...(Object.keys(target).length > 0 ? { recoveryTarget: target } : {}),
    },
  };
}

/** The archive that a cluster is recovered from, as the specification names it. */
export function recoveryOrigin(recovery: RecoverySettings, ownStoreName: string): ExternalCluster {
  return {
    name: ORIGIN,
    plugin: {
      name: BARMAN_PLUGIN,
      parameters: {
        barmanObjectName: recovery.objectStoreName ?? ownStoreName,
        serverName: recovery.serverName,
      },
    },
  };
}
