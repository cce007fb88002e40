/** What each kind of resource is for, in words for a reader of the plan. */
const PURPOSES: Readonly<Record<string, string>> = {
  "pulumi:pulumi:Stack": "the stack",
  "pulumi:providers:kubernetes": "the cluster that the stack belongs to",
  "pulumi:providers:vault": "the Vault that VAULT_ADDR names",
  "pulumi:providers:docker": "asks the registry",
  "stagewright:index:ContainerImage": "the application's image, known by digest",
  "stagewright:index:PostgresCluster":
    "PostgreSQL on persistent volumes, awaited until every instance runs it",
  "stagewright:index:RestoreDrill": "proves on a schedule that the backup can be restored",
  "stagewright:index:VaultAccess": "one ServiceAccount may read one folder of Vault",
  "stagewright:index:VaultDatabase": "Vault makes the logins of the database",
  "stagewright:index:WebApplication": "the application behind its route",
  "docker-build:index:Image": "builds the image and pushes it",
  "kubernetes:apps/v1:Deployment": "runs the pods; rolls out without a lost request",
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": "decides the number of pods",
  "kubernetes:batch/v1:CronJob": "restores the backup beside the database, proves it, and removes it again",
  "kubernetes:batch/v1:Job": "proves on each instance that it runs what was declared",
  "kubernetes:barmancloud.cnpg.io/v1:ObjectStore": "where the database's log and backups are archived",
  "kubernetes:core/v1:ConfigMap": "files for a pod",
  "kubernetes:core/v1:Namespace": "keeps the stack apart, with Pod Security restricted",
  "kubernetes:core/v1:Secret": "secret values, mounted as files",
  "kubernetes:core/v1:Service": "one stable address for changing pods",
  "kubernetes:core/v1:ServiceAccount": "the pods' identity",
  "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute": "the way in from the platform's Gateway",
  "kubernetes:networking.k8s.io/v1:Ingress": "the way in from an Ingress controller",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": "denies all traffic but what is needed",
  "kubernetes:policy/v1:PodDisruptionBudget": "keeps pods serving while nodes are drained",
  "kubernetes:rbac.authorization.k8s.io/v1:Role": "what a pod may do at the API server",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": "gives that to the pod's identity",
  "kubernetes:postgresql.cnpg.io/v1:Cluster": "PostgreSQL instances and their volumes",
  "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup": "backs all data up, again and again",
  "vault:database/secretBackendConnection:SecretBackendConnection": "Vault's connection to the database",
  "vault:database/secretBackendRole:SecretBackendRole": "a login that is made when it is asked for",
  "vault:database/secretBackendStaticRole:SecretBackendStaticRole": "a login whose password Vault changes",
  "vault:kubernetes/authBackendRole:AuthBackendRole": "who may log in to Vault",
  "vault:kv/secretV2:SecretV2": "secret values, kept by Vault",
  "vault:index/policy:Policy": "what may be read in Vault",
};

/** What a resource of this type is for; empty for types this package does not make. */
export function purposeOf(type: string): string {
  return PURPOSES[type] ?? "";
}
