import type * as pulumi from "@pulumi/pulumi";

/** Who brings secrets to the pods. */
export const DeliveryMethod = {
  /** Pulumi writes Secrets; there is no Vault. */
  Kubernetes: "kubernetes",
  /** The Vault Secrets Operator reads Vault; it can bring logins of the database as well. */
  VaultSecretsOperator: "vault-secrets-operator",
  /** The External Secrets Operator reads Vault's key-value engine. */
  ExternalSecrets: "external-secrets",
} as const;
/** Who brings secrets to the pods. */
export type DeliveryMethod = (typeof DeliveryMethod)[keyof typeof DeliveryMethod];

/** The Vault that secrets are kept in, as the cluster sees it. */
export interface VaultSource {
  /** Address, as the operator's pods reach it. */
  readonly address: pulumi.Input<string>;
  /**
   * Name of a Secret whose `ca.crt` signed Vault's certificate.
   *
   * @default - an authority that every system knows
   */
  readonly caSecretName?: pulumi.Input<string>;
  /**
   * Mount of Vault's Kubernetes authentication.
   *
   * @default "kubernetes"
   */
  readonly authMount?: string;
  /**
   * Mount of the key-value engine, version 2.
   *
   * @default "secret"
   */
  readonly kvMount?: string;
  /** Folder in the key-value engine that belongs to the stack alone, such as `blog/test`. */
  readonly folder: string;
  /** Name of role and policy in Vault, which all of its users share. */
  readonly roleName: string;
  /**
   * Audience of the token that the operator logs in with.
   *
   * @default "vault"
   */
  readonly audience?: string;
  /**
   * Seconds that a token of Vault's lives; 3600 at most.
   *
   * @default 3600
   */
  readonly tokenTtlSeconds?: number;
  /**
   * Path that gives a login at the database: `database/creds/<role>` or `database/static-creds/<role>`.
   *
   * @default - the login is the one that the database's operator keeps
   */
  readonly credentialPath?: string;
}

/** The application's database, and where its login comes from. */
export interface DatabaseDelivery {
  /** Name of the Secret that the database's operator makes; it is taken where no login of Vault's is asked for. */
  readonly secretName: pulumi.Input<string>;
  /** Host that the application connects to. */
  readonly host: pulumi.Input<string>;
  /**
   * Port that the application connects to.
   *
   * @default 5432
   */
  readonly port?: number;
  /**
   * Name of the database.
   *
   * @default "app"
   */
  readonly database?: pulumi.Input<string>;
}
