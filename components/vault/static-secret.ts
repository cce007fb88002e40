import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Destination, RestartTarget } from "./destination";

/** Arguments of a `VaultStaticSecret` object (secrets.hashicorp.com/v1beta1, operator 1.4), as far as this package sets them. */
export interface VaultStaticSecretArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: {
    readonly vaultAuthRef: pulumi.Input<string>;
    readonly type: "kv-v2";
    readonly mount: string;
    readonly path: string;
    readonly refreshAfter: string;
    readonly destination: Destination;
    readonly rolloutRestartTargets?: RestartTarget[];
  };
}

/**
 * A `VaultStaticSecret` of the Vault Secrets Operator, typed.
 *
 * Its condition `Ready` says that the Secret was written. A value that changes in Vault changes nothing of the object,
 * so that nothing can be waited for: it comes within `refreshAfter`.
 */
export class VaultStaticSecret extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: VaultStaticSecretArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "secrets.hashicorp.com/v1beta1", kind: "VaultStaticSecret", ...args }, opts);
  }
}
