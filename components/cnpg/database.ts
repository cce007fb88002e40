import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** A database that is declared; the application's own may be named too, to give it extensions. */
export interface DatabaseSettings {
  /** Name of the database. */
  readonly name: string;
  /**
   * Role that owns it.
   *
   * @default - the application's own
   */
  readonly owner?: pulumi.Input<string>;
  /** Extensions that it has, by name; the image must hold them. */
  readonly extensions?: string[];
}

/** The fields of a `Database` (postgresql.cnpg.io/v1, operator 1.30) that this package sets. */
export interface DatabaseSpec {
  readonly cluster: { readonly name: string };
  readonly name: string;
  readonly owner: pulumi.Input<string>;
  readonly databaseReclaimPolicy: "retain";
  readonly extensions?: { readonly name: string; readonly ensure: "present" }[];
}

/** Arguments of a `Database` object. */
export interface DatabaseArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: DatabaseSpec;
}

/** A CloudNativePG `Database` object, typed. */
export class Database extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: DatabaseArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "postgresql.cnpg.io/v1", kind: "Database", ...args }, opts);
  }
}
