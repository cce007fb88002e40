export { CiIdentity, type CiIdentityArgs } from "./ci-identity";
export {
  ContainerImage,
  type ContainerImageArgs,
  type ContainerImageBuild,
  type RegistryLogin,
} from "./container-image";
export { DatabaseGrants, type DatabaseGrantsArgs, type GrantingRole } from "./database-grants";
export { PostgresCluster } from "./postgres-cluster";
export { DeletionPolicy, type PostgresClusterArgs, SpreadPolicy } from "./postgres-cluster-args";
export { RestoreDrill, type RestoreDrillArgs } from "./restore-drill";
export { SecretDelivery, type SecretDeliveryArgs } from "./secret-delivery";
export { VaultAccess, type VaultAccessArgs } from "./vault-access";
export { VaultDatabase, type VaultDatabaseArgs } from "./vault-database";
export {
  type Autoscaling,
  type Destination,
  WebApplication,
  type WebApplicationArgs,
} from "./web-application";
export { type BackupSettings, Compression, type SnapshotSettings } from "./cnpg/backup-settings";
export type { DatabaseSettings } from "./cnpg/database";
export type { RoleSettings } from "./cnpg/database-role";
export type { MonitoringSettings } from "./cnpg/monitoring-settings";
export { PoolMode, type PoolerSettings } from "./cnpg/pooler-settings";
export type { RecoverySettings } from "./cnpg/recovery";
export type { RoleAdministrator } from "./cnpg/role-administrator";
export type { ReplicaSettings, ReplicaSource, ReplicaStreaming } from "./cnpg/replica-settings";
export { type DatabaseDelivery, DeliveryMethod, type VaultSource } from "./vault/delivery-settings";
export type { RestartTarget } from "./vault/destination";
export type { DynamicRole, StaticRole } from "./vault/database-roles";
export type { GatewayReference, IngressSettings } from "./manifests/routes";
export type { SecretBinding } from "./manifests/secret-volumes";
export type { Probes } from "./manifests/probes";
export type { Resources } from "./manifests/resources";
export { restrictedNamespaceLabels } from "./manifests/pod-security";
export { type CiRole, CiSystem, ClaimMatching } from "./vault/ci-role";
