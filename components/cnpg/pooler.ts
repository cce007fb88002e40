import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** The fields of a `Pooler` (postgresql.cnpg.io/v1, operator 1.30) that this package sets. */
export interface PoolerSpec {
  readonly cluster: { readonly name: string };
  readonly type: "rw" | "ro";
  readonly instances: number;
  readonly pgbouncer: {
    readonly poolMode: string;
    readonly image?: pulumi.Input<string>;
    readonly parameters: Readonly<Record<string, string>>;
  };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly containers: {
        readonly name: "pgbouncer";
        readonly resources: k8s.types.input.core.v1.ResourceRequirements;
      }[];
      readonly imagePullSecrets?: { readonly name: pulumi.Input<string> }[];
      readonly topologySpreadConstraints: k8s.types.input.core.v1.TopologySpreadConstraint[];
    };
  };
}

/** Arguments of a `Pooler` object. */
export interface PoolerArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: PoolerSpec;
}

/** A CloudNativePG `Pooler` object, typed; its name must be that of no Cluster. */
export class Pooler extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: PoolerArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "postgresql.cnpg.io/v1", kind: "Pooler", ...args }, opts);
  }
}
