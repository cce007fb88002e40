import * as pulumi from "@pulumi/pulumi";
import { createObjectStore, scheduleBackups } from "./cnpg/archive";
import { Cluster } from "./cnpg/cluster";
import { clusterSpec } from "./cnpg/cluster-spec";
import { createNetworkPolicies } from "./cnpg/network-policies";
import type { ObjectStore } from "./cnpg/object-store";
import { createPoolers } from "./cnpg/poolers";
import { poolerName } from "./cnpg/pool";
import { proveSettled } from "./cnpg/prove-settled";
import { createAdministrator } from "./cnpg/role-administrator";
import { declareRolesAndDatabases } from "./cnpg/roles-and-databases";
import { metadataOf } from "./cnpg/metadata";
import { type Settings, settingsProblem, settle } from "./cnpg/settings";
import { watch } from "./cnpg/watch";
import { DeletionPolicy, type PostgresClusterArgs } from "./postgres-cluster-args";

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
  /** Host of PgBouncer where there is a pooler, else the primary's. */
  public readonly poolerHost: pulumi.Output<string>;
  /** Name of the Secret with the application's credentials. */
  public readonly secretName: pulumi.Output<string>;
  /** Name of the Secret whose `ca.crt` signed the instances' certificates. */
  public readonly certificateAuthoritySecretName: pulumi.Output<string>;
  /** That Secret as `<namespace>/<name>`, known once the cluster is there: for programs that read it. */
  public readonly certificateAuthoritySecretId: pulumi.Output<string>;
  /** Secret of the role administrator as `<namespace>/<name>`, known once it is there; empty without one. */
  public readonly administratorSecretId: pulumi.Output<string>;

  /** @throws ResourceError when an argument cannot be meant, or two exclude each other. */
  constructor(name: string, args: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagewright:index:PostgresCluster", name, {}, opts);
    const settings = settle(name, args);
    const problem = settingsProblem(name, settings);
    if (problem !== undefined) throw new pulumi.ResourceError(problem, this, true);

    const store = createObjectStore(name, settings, this);
    const cluster = createCluster(name, settings, store, this);
    createNetworkPolicies(name, settings, this);
    const settled = proveSettled(name, settings, cluster, this);
    scheduleBackups(name, settings, settled, this);
    const administrator = createAdministrator(name, settings, this);
    declareRolesAndDatabases(name, settings, administrator?.role, settled, this);
    createPoolers(name, settings, settled, this);
    watch(name, settings, this);

    this.clusterName = cluster.metadata.name;
    this.host = pulumi.interpolate`${name}-rw.${args.namespace}.svc`;
    this.readOnlyHost = pulumi.interpolate`${name}-ro.${args.namespace}.svc`;
    this.poolerHost = settings.pooler
      ? pulumi.interpolate`${poolerName(name)}.${args.namespace}.svc`
      : this.host;
    this.secretName = pulumi.output(`${name}-app`);
    this.certificateAuthoritySecretName = pulumi.output(`${name}-ca`);
    this.certificateAuthoritySecretId = pulumi
      .all([args.namespace, this.certificateAuthoritySecretName, cluster.id])
      .apply(([namespace, secret]) => `${namespace}/${secret}`);
    this.administratorSecretId = administrator?.secretId ?? pulumi.output("");
    this.registerOutputs({
      clusterName: this.clusterName,
      host: this.host,
      readOnlyHost: this.readOnlyHost,
      poolerHost: this.poolerHost,
      secretName: this.secretName,
      certificateAuthoritySecretName: this.certificateAuthoritySecretName,
      certificateAuthoritySecretId: this.certificateAuthoritySecretId,
      administratorSecretId: this.administratorSecretId,
    });
  }
}

function createCluster(
  name: string,
  settings: Settings,
  store: ObjectStore | undefined,
  parent: PostgresCluster,
): Cluster {
  const retain = settings.deletion === DeletionPolicy.Retain;
  const timeout = `${settings.timeoutSeconds}s`;
  return new Cluster(
    name,
    {
      metadata: {
        ...metadataOf(name, settings),
        annotations: {
          ...settings.annotations,
          "pulumi.com/waitFor": pulumi
            .output(settings.image)
            .apply((image) => JSON.stringify([`jsonpath={.status.image}=${image}`, "condition=Ready"])),
        },
      },
      spec: clusterSpec(name, settings),
    },
    {
      parent,
      dependsOn: store ? [store] : [],
      protect: retain,
      retainOnDelete: retain,
      customTimeouts: { create: timeout, update: timeout },
      // Read once, when a cluster is made; after a switch it would be another one's, which the operator may refuse.
      ...(settings.replica ? { ignoreChanges: ["spec.bootstrap"] } : {}),
    },
  );
}
