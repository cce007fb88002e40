import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { backupProblem, settleBackup } from "./cnpg/backup";
import type { BackupSettings } from "./cnpg/backup-settings";
import {
  drillFiles,
  drillObjectLabels,
  drillRules,
  drillSchedule,
  type DrillSettings,
  recordName,
  restoredName,
} from "./cnpg/drill-spec";
import { drillLabels, drillPolicy, instancesPolicy } from "./cnpg/policies";
import { storeTraffic } from "./cnpg/store-traffic";
import { withDefaults } from "./manifests/defaults";
import type { Resources } from "./manifests/resources";

/** Arguments of {@link RestoreDrill}; those that the cluster has too are to be given as they are given to it. */
export interface RestoreDrillArgs {
  /** Namespace of the cluster; the drill works there too. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the Cluster object whose backup is proved. */
  readonly cluster: string;
  /** Operand image of the cluster; the drill itself runs in it as well. */
  readonly image: pulumi.Input<string>;
  /** Names of Secrets for pulling the image. */
  readonly imagePullSecrets?: pulumi.Input<string>[];
  /** Size of the volume for data, such as `10Gi`, at least the cluster's. */
  readonly storage: pulumi.Input<string>;
  /** Size of the volume for the write-ahead log, such as `5Gi`. */
  readonly walStorage: pulumi.Input<string>;
  /**
   * StorageClass of both volumes.
   *
   * @default - the Kubernetes cluster's default class
   */
  readonly storageClass?: pulumi.Input<string>;
  /** What the restored instance may use. */
  readonly resources: Resources;
  /**
   * PostgreSQL parameters; a log is not replayed with fewer connections than it was written with.
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
  /** The cluster's backup. */
  readonly backup: BackupSettings;
  /**
   * When the backup is proved: cron with five fields, in UTC.
   *
   * @default "30 4 * * 0"
   */
  readonly schedule?: string;
  /**
   * Seconds that a restore may take.
   *
   * @default 3600
   */
  readonly timeoutSeconds?: number;
  /**
   * Namespace that the CloudNativePG operator runs in.
   *
   * @default "cnpg-system"
   */
  readonly operatorNamespace?: string;
  /** More labels for every object. */
  readonly labels?: Record<string, string>;
}

/**
 * Proves on a schedule that a database can be restored: the newest backup and the log up to a moment of now become a
 * throw-away cluster beside the live one, every table of the application is compared, and everything is removed again.
 * Its result is left in a ConfigMap as `result.json`, for the release board and the release gate.
 *
 * The live database is written a few rows in a schema of the drill's own, as the application's role. The drill's own
 * account may make and remove its cluster, read the namespace's pods and their logs, and write its result.
 *
 * ```ts
 * const cluster = { namespace: "blog", image, storage: "10Gi", walStorage: "5Gi", resources, backup };
 * const database = new PostgresCluster("blog-db", cluster);
 * new RestoreDrill("blog-db-drill", { ...cluster, cluster: "blog-db" }, { dependsOn: database });
 * ```
 */
export class RestoreDrill extends pulumi.ComponentResource {
  /** Name of the ConfigMap with the last result. */
  public readonly recordName: pulumi.Output<string>;

  /** @throws ResourceError when an argument cannot be meant. */
  constructor(name: string, args: RestoreDrillArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagewright:index:RestoreDrill", name, {}, opts);
    const { backup: given, ...rest } = withDefaults(DEFAULTS, args);
    const backup = settleBackup(given);
    const settings = { ...rest, name, backup };
    const problem = backupProblem(backup) ?? scheduleProblem(settings);
    if (problem !== undefined) throw new pulumi.ResourceError(problem, this, true);

    createAccount(settings, this);
    createPolicies(settings, rest.operatorNamespace, this);
    const files = new k8s.core.v1.ConfigMap(
      name,
      { metadata: metadata(settings), data: drillFiles(settings) },
      { parent: this },
    );
    new k8s.batch.v1.CronJob(
      name,
      { metadata: metadata(settings), spec: drillSchedule(settings, files.metadata.name) },
      { parent: this },
    );

    this.recordName = pulumi.output(recordName(name));
    this.registerOutputs({ recordName: this.recordName });
  }
}

const DEFAULTS = {
  parameters: {},
  database: "app",
  schedule: "30 4 * * 0",
  timeoutSeconds: 3600,
  operatorNamespace: "cnpg-system",
  labels: {},
} satisfies Partial<RestoreDrillArgs>;

function scheduleProblem({ schedule }: DrillSettings): string | undefined {
  if (/^\S+(\s+\S+){4}$/.test(schedule.trim())) return undefined;
  return `schedule is ${schedule}; it must be cron with five fields, the first being the minute, such as 30 4 * * 0`;
}

function metadata(settings: DrillSettings, name = settings.name): k8s.types.input.meta.v1.ObjectMeta {
  return { name, namespace: settings.namespace, labels: drillObjectLabels(settings) };
}

function createAccount(settings: DrillSettings, parent: RestoreDrill): void {
  const { name, namespace } = settings;
  const account = new k8s.core.v1.ServiceAccount(
    name,
    { metadata: metadata(settings), automountServiceAccountToken: false },
    { parent },
  );
  const role = new k8s.rbac.v1.Role(
    name,
    { metadata: metadata(settings), rules: drillRules(name) },
    { parent },
  );
  new k8s.rbac.v1.RoleBinding(
    name,
    {
      metadata: metadata(settings),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
    },
    { parent },
  );
}

/** What is restored is shut off as the live cluster is. */
function createPolicies(settings: DrillSettings, operatorNamespace: string, parent: RestoreDrill): void {
  const { name, cluster, backup } = settings;
  const restored = restoredName(name);
  new k8s.networking.v1.NetworkPolicy(
    name,
    { metadata: metadata(settings), spec: drillPolicy(cluster, restored) },
    { parent },
  );
  const clients = [drillLabels(cluster)];
  new k8s.networking.v1.NetworkPolicy(
    restored,
    {
      metadata: metadata(settings, restored),
      spec: instancesPolicy(
        restored,
        { clients, operatorNamespace },
        {
          in: [],
          out: storeTraffic(backup),
        },
      ),
    },
    { parent },
  );
}
