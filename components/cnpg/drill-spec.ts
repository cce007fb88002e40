import * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";
import { objectLabels } from "../manifests/labels";
import { containerSecurityContext, podSecurityContext } from "../manifests/pod-security";
import { type Resources, resourceRequirements } from "../manifests/resources";
import { type Backup, serverNameOf } from "./backup";
import * as proof from "./restore-proof";
import { RESTORE_SCRIPT } from "./restore-script";
import { restoredCluster } from "./restored-cluster";
import { POSTGRES_USER } from "./settled";

/** What the objects of a drill are made from. */
export interface DrillSettings {
  /** Name of the drill's own objects. */
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  readonly cluster: string;
  readonly image: pulumi.Input<string>;
  readonly imagePullSecrets?: pulumi.Input<string>[];
  readonly storage: pulumi.Input<string>;
  readonly walStorage: pulumi.Input<string>;
  readonly storageClass?: pulumi.Input<string>;
  readonly resources: Resources;
  readonly parameters: pulumi.Input<Record<string, string>>;
  readonly database: pulumi.Input<string>;
  readonly backup: Backup;
  readonly schedule: string;
  readonly timeoutSeconds: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Name of the cluster that a drill restores. */
export const restoredName = (drill: string) => `${drill}-restored`;
/** Name of the ConfigMap with a drill's last result. */
export const recordName = (drill: string) => `${drill}-result`;
/** The drill's schema in the live database; drills by hand have another one. */
const SCHEMA = "stagewright_scheduled_drill";
/** Seconds for removing what was restored, after an interruption too. */
const REMOVAL_SECONDS = 120;

/** Labels of a drill's pod and objects. */
export const drillObjectLabels = ({ cluster, labels }: Pick<DrillSettings, "cluster" | "labels">) =>
  objectLabels(cluster, "restore-drill", labels);

/** What a drill may do in its namespace: make, see and remove its own cluster, read why that failed, leave its result. */
export function drillRules(name: string): types.input.rbac.v1.PolicyRule[] {
  const clusters = { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"] };
  const records = { apiGroups: [""], resources: ["configmaps"] };
  return [
    // What is created has no name yet that a rule could tell.
    { ...clusters, verbs: ["create"] },
    { ...clusters, verbs: ["get", "delete"], resourceNames: [restoredName(name)] },
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    { ...records, verbs: ["create"] },
    { ...records, verbs: ["get", "patch"], resourceNames: [recordName(name)] },
  ];
}

/** The files that a drill works with. */
export function drillFiles(settings: DrillSettings): Record<string, pulumi.Input<string>> {
  return {
    "drill.sh": RESTORE_SCRIPT,
    "before.sql": proof.MARK_BEFORE,
    "checkpoint.sql": proof.CHECKPOINT,
    "after.sql": proof.MARK_AFTER,
    "archived.sql": proof.ARCHIVED,
    "ready.sql": proof.ANSWER,
    "prove.sql": proof.PROVE,
    "unmark.sql": proof.UNMARK,
    "cluster.json": pulumi.jsonStringify(restoredOf(settings)),
  };
}

function restoredOf(settings: DrillSettings): Record<string, unknown> {
  const { name, namespace, cluster, image, imagePullSecrets, storageClass, database, backup } = settings;
  const { identity = {} } = backup;
  const volume = (size: pulumi.Input<string>) => ({ size, ...(storageClass ? { storageClass } : {}) });
  const restored = restoredName(name);
  return restoredCluster({
    name: restored,
    namespace,
    labels: objectLabels(restored, "restore-drill", settings.labels),
    objectStoreName: cluster,
    serverName: serverNameOf(cluster, backup),
    targetTime: "TARGET_TIME",
    database,
    owner: database,
    secrets: { application: `${cluster}-app`, authority: `${cluster}-ca` },
    live: {
      imageName: image,
      ...(imagePullSecrets ? { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) } : {}),
      storage: volume(settings.storage),
      walStorage: volume(settings.walStorage),
      resources: resourceRequirements(settings.resources),
      ...(Object.keys(identity).length > 0
        ? { serviceAccountTemplate: { metadata: { annotations: identity } } }
        : {}),
      postgresql: { parameters: settings.parameters },
    },
  });
}

/** The schedule of a drill, one at a time. */
export function drillSchedule(
  settings: DrillSettings,
  files: pulumi.Input<string>,
): types.input.batch.v1.CronJobSpec {
  const { schedule, timeoutSeconds, backup } = settings;
  const labels = drillObjectLabels(settings);
  return {
    schedule,
    timeZone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      metadata: { labels },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: timeoutSeconds + backup.rpoSeconds + 2 * REMOVAL_SECONDS,
        template: { metadata: { labels }, spec: drillPod(settings, files) },
      },
    },
  };
}

function drillPod(settings: DrillSettings, files: pulumi.Input<string>): types.input.core.v1.PodSpec {
  const { name, cluster, image, imagePullSecrets } = settings;
  return {
    restartPolicy: "Never",
    serviceAccountName: name,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: REMOVAL_SECONDS,
    securityContext: podSecurityContext(POSTGRES_USER),
    ...(imagePullSecrets ? { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) } : {}),
    containers: [
      {
        name: "drill",
        image,
        command: ["sh", "-c", ". /etc/drill/drill.sh && drill"],
        env: environment(settings),
        resources: resourceRequirements({ cpu: "50m", cpuLimit: "500m", memory: "128Mi" }),
        securityContext: containerSecurityContext(POSTGRES_USER),
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp" },
          { name: "files", mountPath: "/etc/drill", readOnly: true },
          { name: "database", mountPath: "/run/secrets/database", readOnly: true },
          { name: "database-ca", mountPath: "/run/secrets/database-ca", readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      { name: "files", configMap: { name: files } },
      { name: "database", secret: { secretName: `${cluster}-app`, defaultMode: 0o440 } },
      {
        name: "database-ca",
        secret: {
          secretName: `${cluster}-ca`,
          defaultMode: 0o440,
          items: [{ key: "ca.crt", path: "ca.crt" }],
        },
      },
    ],
  };
}

function environment(settings: DrillSettings): types.input.core.v1.EnvVar[] {
  const { name, namespace, cluster, backup, timeoutSeconds } = settings;
  const values: Record<string, pulumi.Input<string>> = {
    NAMESPACE: namespace,
    LIVE_HOST: `${cluster}-rw`,
    RESTORED: restoredName(name),
    RECORD: recordName(name),
    LABELS: JSON.stringify(drillObjectLabels(settings)),
    SCHEMA,
    RPO_SECONDS: String(backup.rpoSeconds),
    TIMEOUT_SECONDS: String(timeoutSeconds),
  };
  return Object.entries(values).map(([key, value]) => ({ name: key, value }));
}
