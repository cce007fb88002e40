import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { SecretKey } from "./object-store";
import type { Timings } from "./timings";

/** The fields of a CloudNativePG `Cluster` (postgresql.cnpg.io/v1, operator 1.30) that this package sets. */
export interface ClusterSpec extends Timings {
  readonly instances: number;
  readonly imageName: pulumi.Input<string>;
  readonly imagePullSecrets?: pulumi.Input<{ name: pulumi.Input<string> }[]>;
  readonly enableSuperuserAccess: boolean;
  readonly enablePDB: boolean;
  readonly primaryUpdateStrategy: "unsupervised";
  readonly primaryUpdateMethod: "restart" | "switchover";
  readonly bootstrap: Bootstrap;
  readonly certificates?: { readonly serverAltDNSNames: pulumi.Input<string>[] };
  readonly plugins?: Plugin[];
  readonly externalClusters?: ExternalCluster[];
  readonly replica?: {
    readonly self: string;
    readonly primary: string;
    readonly source: string;
    readonly promotionToken?: pulumi.Input<string>;
  };
  readonly backup?: { readonly volumeSnapshot: VolumeSnapshot };
  readonly serviceAccountTemplate?: {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  };
  readonly storage: Storage;
  readonly walStorage: Storage;
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
  readonly affinity: {
    readonly enablePodAntiAffinity: boolean;
    readonly podAntiAffinityType: string;
    readonly topologyKey: string;
  };
  readonly topologySpreadConstraints: k8s.types.input.core.v1.TopologySpreadConstraint[];
  readonly postgresql: {
    readonly parameters: pulumi.Input<Record<string, string>>;
    readonly synchronous?: Synchronous;
  };
}

/** How the first instance comes into being: empty, or from an archive. */
export interface Bootstrap {
  readonly initdb?: {
    readonly database: pulumi.Input<string>;
    readonly owner: pulumi.Input<string>;
    readonly dataChecksums: boolean;
    readonly encoding: string;
    readonly postInitSQL?: pulumi.Input<string>[];
  };
  readonly recovery?: {
    readonly source: string;
    readonly database: pulumi.Input<string>;
    readonly owner: pulumi.Input<string>;
    readonly recoveryTarget?: {
      readonly backupID?: string;
      readonly targetTime?: string;
      readonly targetName?: string;
    };
  };
}

/** A plugin of the operator, and what it is to work on. */
export interface Plugin {
  readonly name: string;
  readonly isWALArchiver?: boolean;
  readonly parameters: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Another cluster, known by its archive, and perhaps by a connection to its primary. */
export interface ExternalCluster {
  readonly name: string;
  readonly plugin: Plugin;
  readonly connectionParameters?: Readonly<Record<string, string>>;
  readonly sslCert?: SecretKey;
  readonly sslKey?: SecretKey;
  readonly sslRootCert?: SecretKey;
}

/** How snapshots of the volumes are made. */
export interface VolumeSnapshot {
  readonly className: string;
  readonly walClassName: string;
  readonly online: boolean;
  readonly snapshotOwnerReference: "none";
}

/** A persistent volume claim of each instance. */
export interface Storage {
  readonly size: pulumi.Input<string>;
  readonly storageClass?: pulumi.Input<string>;
  readonly resizeInUseVolumes: boolean;
}

/** Quorum-based synchronous replication. */
export interface Synchronous {
  readonly method: "any";
  readonly number: number;
  readonly dataDurability: "required";
  readonly failoverQuorum: boolean;
}

/** Arguments of a `Cluster` object. */
export interface ClusterArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: ClusterSpec;
}

/** A CloudNativePG `Cluster` object, typed. */
export class Cluster extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: ClusterArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", ...args }, opts);
  }
}
