import type { DeliveryMethod, DynamicRole, VaultSource } from "../components";
import type { StackConfiguration } from "./schema";

/** Who brings a stack's secrets, and where from. */
export interface DeliverySettings {
  readonly method: DeliveryMethod;
  readonly vault?: VaultSource & Record<"address" | "authMount" | "kvMount" | "roleName", string>;
}

/** The logins that Vault makes at a stack's database. */
export interface LoginSettings {
  readonly mount: string;
  /** Name of the connection: the role's, as stacks that share a Vault have roles of their own. */
  readonly connection: string;
  readonly dynamicRoles: DynamicRole[];
  /** Role of PostgreSQL that Vault connects as. */
  readonly administrator: string;
  /** Role that every login acts as. */
  readonly owner: string;
  /** Namespace that Vault runs in. */
  readonly namespace: string;
}

/** How long a login lasts, in seconds, where nothing is said. */
export const LEASE = { leaseSeconds: 3600, longestSeconds: 86_400 };

type Given = NonNullable<StackConfiguration["vault"]>;

/** Who brings the secrets: Pulumi itself where no Vault is configured. */
export function settleDelivery(given: Given | undefined, namespace: string): DeliverySettings {
  if (given === undefined) return { method: "kubernetes" };
  const { address, caSecretName, delivery, database, authMount, kvMount, audience, tokenTtlSeconds } = given;
  const roleName = given.role ?? namespace;
  return {
    method: delivery ?? "vault-secrets-operator",
    vault: {
      address,
      ...(caSecretName === undefined ? {} : { caSecretName }),
      authMount: authMount ?? "kubernetes",
      kvMount: kvMount ?? "secret",
      folder: given.folder ?? namespace,
      roleName,
      audience: audience ?? "vault",
      tokenTtlSeconds: tokenTtlSeconds ?? 3600,
      ...(database ? { credentialPath: `${mountOf(database)}/creds/${roleName}` } : {}),
    },
  };
}

/** The logins that Vault makes, where it is to make any. */
export function settleLogins(given: Given | undefined, namespace: string): { logins?: LoginSettings } {
  if (given?.database === undefined) return {};
  const { leaseSeconds = LEASE.leaseSeconds, longestSeconds = LEASE.longestSeconds } = given.database;
  const roleName = given.role ?? namespace;
  return {
    logins: {
      mount: mountOf(given.database),
      connection: roleName,
      dynamicRoles: [{ name: roleName, leaseSeconds, longestSeconds }],
      administrator: "vault_admin",
      owner: "app",
      namespace: given.namespace ?? "vault",
    },
  };
}

const mountOf = ({ mount = "database" }: NonNullable<Given["database"]>) => mount;
