import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { type Resources, resourceRequirements } from "../manifests/resources";
import { type Backup, BARMAN_PLUGIN, serverNameOf } from "./backup";
import type { ClusterSpec, ExternalCluster, VolumeSnapshot } from "./cluster";
import { poolerName } from "./pool";
import type { PoolerSettings } from "./pooler-settings";
import { recoveryBootstrap, recoveryOrigin, type RecoverySettings } from "./recovery";
import { follows, type Replica, replicaBootstrap, replicaMembers, replicaSpec } from "./replica";
import { administratorSql, type RoleAdministrator } from "./role-administrator";
import { FINGERPRINT_PARAMETER } from "./settled";
import { TIMINGS } from "./timings";
import { isSynchronous } from "./synchronous";

/** What the specification of a cluster is made from. */
export interface ClusterSettings {
  readonly instances: number;
  readonly image: pulumi.Input<string>;
  readonly imagePullSecrets?: pulumi.Input<string>[];
  readonly storage: pulumi.Input<string>;
  readonly walStorage: pulumi.Input<string>;
  readonly storageClass?: pulumi.Input<string>;
  readonly resources: Resources;
  readonly parameters: pulumi.Input<Record<string, string>>;
  readonly database: pulumi.Input<string>;
  readonly spread: string;
  readonly namespace: pulumi.Input<string>;
  readonly backup?: Backup;
  readonly pooler?: PoolerSettings;
  readonly recovery?: RecoverySettings;
  readonly replica?: Replica;
  readonly roleAdministrator?: RoleAdministrator;
}

/** The specification of a cluster: replicated as far as there are instances, with timings of our own. */
export function clusterSpec(name: string, settings: ClusterSettings): ClusterSpec {
  const { imagePullSecrets, replica } = settings;
  const others = externalClusters(name, settings);
  const replicated = settings.instances > 1;
  return {
    instances: settings.instances,
    imageName: settings.image,
    ...(imagePullSecrets ? { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) } : {}),
    enableSuperuserAccess: false,
    // With one instance a budget could only block the drain of its node.
    enablePDB: replicated,
    primaryUpdateStrategy: "unsupervised",
    primaryUpdateMethod: replicated ? "switchover" : "restart",
    ...TIMINGS,
    bootstrap: bootstrap(settings),
    ...(others.length > 0 ? { externalClusters: others } : {}),
    ...(replica ? { replica: replicaSpec(replica) } : {}),
    ...(settings.pooler ? { certificates: poolerCertificates(name, settings) } : {}),
    ...(settings.backup ? archiving(name, settings.backup, replica) : {}),
    storage: volume(settings.storage, settings.storageClass),
    walStorage: volume(settings.walStorage, settings.storageClass),
    resources: resourceRequirements(settings.resources),
    affinity: {
      enablePodAntiAffinity: true,
      podAntiAffinityType: settings.spread,
      topologyKey: "kubernetes.io/hostname",
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "cnpg.io/podRole": "instance" } },
      },
    ],
    postgresql: {
      parameters: pulumi
        .output(settings.parameters)
        .apply((parameters) => ({ ...parameters, [FINGERPRINT_PARAMETER]: fingerprint(parameters) })),
      ...(isSynchronous(settings.instances)
        ? { synchronous: { method: "any", number: 1, dataDurability: "required", failoverQuorum: true } }
        : {}),
    },
  };
}

function bootstrap(settings: ClusterSettings): ClusterSpec["bootstrap"] {
  const { recovery, replica, database } = settings;
  if (replica && follows(replica)) return replicaBootstrap(replica, database);
  if (recovery) return recoveryBootstrap(recovery, database);
  const postInitSQL = administratorSql(settings);
  return {
    initdb: {
      database,
      owner: database,
      dataChecksums: true,
      encoding: "UTF8",
      ...(postInitSQL.length > 0 ? { postInitSQL } : {}),
    },
  };
}

function externalClusters(name: string, { recovery, replica }: ClusterSettings): ExternalCluster[] {
  return [
    ...(recovery ? [recoveryOrigin(recovery, name)] : []),
    ...(replica ? replicaMembers(replica, name) : []),
  ];
}

/** PgBouncer shows the instances' certificate: its own names must be in it, or no client can verify them. */
function poolerCertificates(
  name: string,
  { namespace }: Pick<ClusterSettings, "namespace">,
): { serverAltDNSNames: pulumi.Input<string>[] } {
  const hosts = [poolerName(name), poolerName(name, "ro")];
  return {
    serverAltDNSNames: hosts.flatMap((host) => [
      host,
      pulumi.interpolate`${host}.${namespace}`,
      pulumi.interpolate`${host}.${namespace}.svc`,
    ]),
  };
}

type Archiving = Pick<ClusterSpec, "plugins" | "backup" | "serviceAccountTemplate">;

/** The part of the specification that makes a cluster archive. */
function archiving(name: string, backup: Backup, replica: Replica | undefined): Archiving {
  const { identity, snapshots } = backup;
  const parameters = {
    barmanObjectName: name,
    serverName: replica?.ownServerName ?? serverNameOf(name, backup),
  };
  return {
    plugins: [{ name: BARMAN_PLUGIN, isWALArchiver: true, parameters }],
    ...(snapshots ? { backup: { volumeSnapshot: volumeSnapshot(snapshots.className) } } : {}),
    ...(identity && Object.keys(identity).length > 0
      ? { serviceAccountTemplate: { metadata: { annotations: identity } } }
      : {}),
  };
}

/** They belong to nobody: neither a cluster nor a backup that is deleted takes them along. */
function volumeSnapshot(className: string): VolumeSnapshot {
  return { className, walClassName: className, online: true, snapshotOwnerReference: "none" };
}

function volume(size: pulumi.Input<string>, storageClass: pulumi.Input<string> | undefined) {
  return { size, ...(storageClass ? { storageClass } : {}), resizeInUseVolumes: true };
}

/** A short name for a value: equal values, equal names, in whatever order their fields are written. */
export function fingerprint(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, ordered)).digest("hex").slice(0, 12);
}

function ordered(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
