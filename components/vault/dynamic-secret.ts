import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Destination, RestartTarget } from "./destination";

/** Arguments of a `VaultDynamicSecret` object (secrets.hashicorp.com/v1beta1, operator 1.4), as far as this package sets them. */
export interface VaultDynamicSecretArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: {
    readonly vaultAuthRef: pulumi.Input<string>;
    readonly mount: string;
    readonly path: string;
    readonly allowStaticCreds?: true;
    readonly renewalPercent: number;
    readonly destination: Destination;
    readonly rolloutRestartTargets?: RestartTarget[];
  };
}

/**
 * A `VaultDynamicSecret` of the Vault Secrets Operator, typed.
 *
 * Its condition `Ready` says that credentials were fetched and the Secret was written. While Vault refuses the login it has
 * no condition at all, only events. On a change `Ready` is the last answer for a moment, and nothing of the object
 * tells the two apart that could be waited for.
 */
export class VaultDynamicSecret extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: VaultDynamicSecretArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "secrets.hashicorp.com/v1beta1", kind: "VaultDynamicSecret", ...args }, opts);
  }
}
