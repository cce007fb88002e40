import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a `VaultConnection` object (secrets.hashicorp.com/v1beta1, operator 1.4), as far as this package sets them. */
export interface VaultConnectionArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: {
    readonly address: pulumi.Input<string>;
    readonly skipTLSVerify: false;
    readonly caCertSecretRef?: pulumi.Input<string>;
  };
}

/**
 * A `VaultConnection` of the Vault Secrets Operator, typed.
 *
 * Its condition `Ready` says that Vault answered, sealed or not.
 */
export class VaultConnection extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: VaultConnectionArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "secrets.hashicorp.com/v1beta1", kind: "VaultConnection", ...args }, opts);
  }
}
