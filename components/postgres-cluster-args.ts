import type * as pulumi from "@pulumi/pulumi";
import type { BackupSettings } from "./cnpg/backup-settings";
import type { DatabaseSettings } from "./cnpg/database";
import type { RoleSettings } from "./cnpg/database-role";
import type { MonitoringSettings } from "./cnpg/monitoring-settings";
import type { PoolerSettings } from "./cnpg/pooler-settings";
import type { RecoverySettings } from "./cnpg/recovery";
import type { ReplicaSettings } from "./cnpg/replica-settings";
import type { RoleAdministrator } from "./cnpg/role-administrator";
import type { Resources } from "./manifests/resources";

/** What becomes of the data when the cluster is no longer declared. */
export const DeletionPolicy = {
  /** The cluster and its volumes are deleted. */
  Delete: "delete",
  /** `destroy` refuses the cluster, and even taken out of the program it stays in Kubernetes. */
  Retain: "retain",
} as const;
/** What becomes of the data when the cluster is no longer declared. */
export type DeletionPolicy = (typeof DeletionPolicy)[keyof typeof DeletionPolicy];

/** Whether two instances may share a node. */
export const SpreadPolicy = {
  /** Never: an instance without a node of its own stays pending. */
  Required: "required",
  /** Only when there are not enough nodes. */
  Preferred: "preferred",
} as const;
/** Whether two instances may share a node. */
export type SpreadPolicy = (typeof SpreadPolicy)[keyof typeof SpreadPolicy];

/** Arguments of {@link PostgresCluster}. */
export interface PostgresClusterArgs {
  /** Namespace of the cluster; its clients run there too. */
  readonly namespace: pulumi.Input<string>;
  /**
   * Number of instances. From three on, replication is synchronous: a commit is acknowledged when one standby
   * has it, and only a standby that surely has it is promoted.
   *
   * @default 1
   */
  readonly instances?: number;
  /** Operand image; CloudNativePG demands a tag that begins with the version, such as `…:17.6-standard-trixie`. */
  readonly image: pulumi.Input<string>;
  /** Names of Secrets for pulling the image. */
  readonly imagePullSecrets?: pulumi.Input<string>[];
  /** Size of each instance's volume for data, such as `10Gi`. It can only grow. */
  readonly storage: pulumi.Input<string>;
  /** Size of each instance's volume for the write-ahead log, such as `5Gi`. It can only grow. */
  readonly walStorage: pulumi.Input<string>;
  /**
   * StorageClass of both volumes.
   *
   * @default - the Kubernetes cluster's default class
   */
  readonly storageClass?: pulumi.Input<string>;
  /** What one instance may use. */
  readonly resources: Resources;
  /**
   * PostgreSQL parameters.
   *
   * @default - PostgreSQL's and CloudNativePG's own
   */
  readonly parameters?: pulumi.Input<Record<string, string>>;
  /**
   * Name of the application's database, and of the role that owns it.
   *
   * @default "app"
   */
  readonly database?: pulumi.Input<string>;
  /** Labels of the pods in this namespace that may connect, one entry for each kind of client. */
  readonly clients?: Record<string, string>[];
  /**
   * Namespace that the CloudNativePG operator runs in.
   *
   * @default "cnpg-system"
   */
  readonly operatorNamespace?: string;
  /**
   * Whether two instances may share a node.
   *
   * @default "required"
   */
  readonly spread?: SpreadPolicy;
  /**
   * What becomes of the data when the cluster is no longer declared.
   *
   * @default "retain"
   */
  readonly deletion?: DeletionPolicy;
  /**
   * Where the log and all data are archived. Without it nothing is: replication repeats every mistake.
   *
   * @default - nothing is backed up
   */
  readonly backup?: BackupSettings;
  /**
   * The archive that a new cluster is made from, instead of an empty one. A cluster that is there already is left
   * as it is.
   *
   * @default - the cluster begins empty
   */
  readonly recovery?: RecoverySettings;
  /**
   * The other cluster that holds the same database, usually in another Kubernetes cluster: one of the two is written
   * to, the other one follows.
   *
   * @default - the cluster stands alone
   */
  readonly replica?: ReplicaSettings;
  /**
   * PgBouncer before the instances. Its host is `<name>-pooler`, and clients are then to be let out to pods with
   * its labels.
   *
   * @default - clients connect to the instances themselves
   */
  readonly pooler?: PoolerSettings;
  /** Roles of PostgreSQL beside the application's own. One that is no longer declared stays in PostgreSQL. */
  readonly roles?: RoleSettings[];
  /**
   * A role that makes logins for others, as Vault's database engine does. It needs no superuser for that.
   *
   * @default - there is none
   */
  readonly roleAdministrator?: RoleAdministrator;
  /** Databases, and extensions in them. One that is no longer declared stays in PostgreSQL. */
  readonly databases?: DatabaseSettings[];
  /**
   * Metrics, alerts and a dashboard, for a Prometheus operator and a Grafana that are there.
   *
   * @default - nobody watches
   */
  readonly monitoring?: MonitoringSettings;
  /**
   * Seconds that `up` waits until all instances run what was declared.
   *
   * @default 900
   */
  readonly timeoutSeconds?: number;
  /** More labels for every object. */
  readonly labels?: Record<string, string>;
  /** Annotations of the Cluster object. */
  readonly annotations?: Record<string, pulumi.Input<string>>;
}
