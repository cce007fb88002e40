import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** A role of PostgreSQL that is declared beside the application's own. What is left out is switched off. */
export interface RoleSettings {
  /** Name of the role: lower-case letters, digits and underscores. */
  readonly name: string;
  /**
   * Whether it may connect.
   *
   * @default true
   */
  readonly login?: boolean;
  /**
   * Name of a Secret with its `username` and `password`.
   *
   * @default - its password is left as it is, for whoever rotates it
   */
  readonly passwordSecretName?: pulumi.Input<string>;
  /** Roles that it is a member of, such as `pg_read_all_data`. */
  readonly inRoles?: pulumi.Input<string>[];
  /** Whether it may make roles, as a rotator of passwords must. */
  readonly createrole?: boolean;
  /**
   * Connections that it may have at once.
   *
   * @default - as many as there are
   */
  readonly connectionLimit?: number;
  /**
   * Whether the operator makes a client certificate for it, in the Secret `<cluster>-client-<role>`.
   *
   * @default false
   */
  readonly clientCertificate?: boolean;
  /** What it is for. */
  readonly comment?: string;
}

/** The fields of a `DatabaseRole` (postgresql.cnpg.io/v1, operator 1.30) that this package sets. */
export interface DatabaseRoleSpec {
  readonly cluster: { readonly name: string };
  readonly name: string;
  readonly databaseRoleReclaimPolicy: "retain";
  readonly login?: true;
  readonly inherit: true;
  readonly createrole?: true;
  readonly inRoles?: pulumi.Input<string>[];
  readonly connectionLimit?: number;
  readonly passwordSecret?: { readonly name: pulumi.Input<string> };
  readonly clientCertificate?: { readonly enabled: boolean };
  readonly comment?: string;
}

/** Arguments of a `DatabaseRole` object. */
export interface DatabaseRoleArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: DatabaseRoleSpec;
}

/** A CloudNativePG `DatabaseRole` object, typed. */
export class DatabaseRole extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: DatabaseRoleArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "postgresql.cnpg.io/v1", kind: "DatabaseRole", ...args }, opts);
  }
}
