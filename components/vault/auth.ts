import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a `VaultAuth` object (secrets.hashicorp.com/v1beta1, operator 1.4), as far as this package sets them. */
export interface VaultAuthArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: {
    readonly vaultConnectionRef: pulumi.Input<string>;
    readonly method: "kubernetes";
    readonly mount: string;
    readonly kubernetes: {
      readonly role: pulumi.Input<string>;
      readonly serviceAccount: pulumi.Input<string>;
      readonly audiences: pulumi.Input<string>[];
      readonly tokenExpirationSeconds: number;
    };
  };
}

/**
 * A `VaultAuth` of the Vault Secrets Operator, typed.
 *
 * Its condition `Ready` says that it is complete; whether Vault lets it in shows only at a secret that is read with it.
 */
export class VaultAuth extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: VaultAuthArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "secrets.hashicorp.com/v1beta1", kind: "VaultAuth", ...args }, opts);
  }
}
