import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./cnpg/cluster";
import { clusterSpec, fingerprint } from "./cnpg/cluster-spec";
import { instanceLabels, instancesPolicy, settledPolicy } from "./cnpg/policies";
import { settledJobSpec, versionOfImage } from "./cnpg/settled";
import { withDefaults } from "./manifests/defaults";
import { objectLabels } from "./manifests/labels";
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

/**
 * PostgreSQL on persistent volumes with CloudNativePG, awaited: `pulumi up` ends when every instance runs what
 * was declared.
 *
 * The application's credentials are in a Secret that the operator makes; this component only names it. Its keys
 * are `uri`, `host`, `port`, `dbname`, `user` and `password`; TLS is to be verified against `ca.crt` of the
 * certificate authority's Secret.
 *
 * ```ts
 * const database = new PostgresCluster("blog-db", {
 *   namespace: "blog",
 *   instances: 3,
 *   image: "ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie",
 *   storage: "10Gi",
 *   walStorage: "5Gi",
 *   resources: { cpu: "1", memory: "2Gi" },
 *   clients: [{ "app.kubernetes.io/name": "blog" }],
 * });
 * ```
 *
 * @see https://cloudnative-pg.io/docs/ (fields and defaults: operator 1.30)
 */
export class PostgresCluster extends pulumi.ComponentResource {
  /** Name of the Cluster object. */
  public readonly clusterName: pulumi.Output<string>;
  /** Host of the primary, for reading and writing. */
  public readonly host: pulumi.Output<string>;
  /** Host of the standbys, for reading; without a standby nothing answers there. */
  public readonly readOnlyHost: pulumi.Output<string>;
  /** Name of the Secret with the application's credentials. */
  public readonly secretName: pulumi.Output<string>;
  /** Name of the Secret whose `ca.crt` signed the instances' certificates. */
  public readonly certificateAuthoritySecretName: pulumi.Output<string>;

  /** @throws ResourceError when `instances` is not a whole number of at least 1. */
  constructor(name: string, args: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagewright:index:PostgresCluster", name, {}, opts);
    const settings: Settings = withDefaults(DEFAULTS, args);
    if (!Number.isInteger(settings.instances) || settings.instances < 1) {
      throw new pulumi.ResourceError(
        `instances is ${settings.instances}; it must be a whole number of at least 1`,
        this,
      );
    }

    const cluster = createCluster(name, settings, this);
    createNetworkPolicies(name, settings, this);
    proveSettled(name, settings, cluster, this);

    this.clusterName = cluster.metadata.name;
    this.host = pulumi.interpolate`${name}-rw.${args.namespace}.svc`;
    this.readOnlyHost = pulumi.interpolate`${name}-ro.${args.namespace}.svc`;
    this.secretName = pulumi.output(`${name}-app`);
    this.certificateAuthoritySecretName = pulumi.output(`${name}-ca`);
    this.registerOutputs({
      clusterName: this.clusterName,
      host: this.host,
      readOnlyHost: this.readOnlyHost,
      secretName: this.secretName,
      certificateAuthoritySecretName: this.certificateAuthoritySecretName,
    });
  }
}

const COMPONENT = "database";

const DEFAULTS = {
  instances: 1,
  parameters: {},
  database: "app",
  clients: [],
  operatorNamespace: "cnpg-system",
  spread: SpreadPolicy.Required,
  deletion: DeletionPolicy.Retain,
  timeoutSeconds: 900,
  labels: {},
  annotations: {},
} satisfies Partial<PostgresClusterArgs>;
type Settings = PostgresClusterArgs & Required<Pick<PostgresClusterArgs, keyof typeof DEFAULTS>>;

function createCluster(name: string, settings: Settings, parent: PostgresCluster): Cluster {
  const retain = settings.deletion === DeletionPolicy.Retain;
  const timeout = `${settings.timeoutSeconds}s`;
  return new Cluster(
    name,
    {
      metadata: {
        ...metadata(name, settings),
        annotations: {
          ...settings.annotations,
          "pulumi.com/waitFor": pulumi
            .output(settings.image)
            .apply((image) => JSON.stringify([`jsonpath={.status.image}=${image}`, "condition=Ready"])),
        },
      },
      spec: clusterSpec(settings),
    },
    { parent, protect: retain, retainOnDelete: retain, customTimeouts: { create: timeout, update: timeout } },
  );
}

function metadata(name: string, settings: Settings, suffix = ""): k8s.types.input.meta.v1.ObjectMeta {
  const labels = objectLabels(name, COMPONENT, settings.labels);
  return { name: `${name}${suffix}`, namespace: settings.namespace, labels };
}

function createNetworkPolicies(name: string, settings: Settings, parent: PostgresCluster): void {
  const { clients, operatorNamespace } = settings;
  new k8s.networking.v1.NetworkPolicy(
    name,
    { metadata: metadata(name, settings), spec: instancesPolicy(name, clients, operatorNamespace) },
    { parent },
  );
  new k8s.networking.v1.NetworkPolicy(
    `${name}-settled`,
    { metadata: metadata(name, settings, "-settled"), spec: settledPolicy(name) },
    { parent },
  );
}

/** Lets `up` end only when the instances themselves show what was declared; see {@link settledJobSpec}. */
function proveSettled(name: string, settings: Settings, cluster: Cluster, parent: PostgresCluster): void {
  const service = new k8s.core.v1.Service(
    `${name}-instances`,
    {
      metadata: {
        ...metadata(name, settings, "-instances"),
        // It lists instances that are not ready too, so there is nothing to wait for.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: { ...instanceLabels(name), "cnpg.io/podRole": "instance" },
        ports: [{ name: "postgres", port: 5432 }],
      },
    },
    { parent },
  );
  const labels = objectLabels(name, "settled", settings.labels);
  const declared = pulumi
    .all([settings.image, settings.parameters, settings.storage, settings.walStorage, settings.resources])
    .apply((parts) => fingerprint([settings.instances, ...parts]));
  new k8s.batch.v1.Job(
    `${name}-settled`,
    {
      metadata: {
        name: pulumi.interpolate`${name}-settled-${declared}`,
        namespace: settings.namespace,
        labels,
      },
      spec: settledJobSpec(
        {
          instancesService: `${name}-instances`,
          tlsHost: `${name}-rw`,
          instances: settings.instances,
          fingerprint: pulumi.output(settings.parameters).apply(fingerprint),
          parameters: settings.parameters,
          image: settings.image,
          ...(settings.imagePullSecrets ? { imagePullSecrets: settings.imagePullSecrets } : {}),
          secretName: `${name}-app`,
          certificateAuthoritySecretName: `${name}-ca`,
          timeoutSeconds: settings.timeoutSeconds,
        },
        pulumi.output(settings.image).apply(versionOfImage),
        labels,
      ),
    },
    {
      parent,
      dependsOn: [cluster, service],
      customTimeouts: { create: `${settings.timeoutSeconds + 60}s` },
      // The Job of a failed change stays unfinished; going back must not meet the old Job's name.
      deleteBeforeReplace: true,
    },
  );
}
