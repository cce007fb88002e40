import type * as pulumi from "@pulumi/pulumi";

/** What somebody needs to log in to Vault from the cluster, and where the stack's folder is. */
export interface Login {
  readonly address: pulumi.Input<string>;
  readonly caSecretName?: pulumi.Input<string>;
  readonly authMount: string;
  readonly kvMount: string;
  readonly folder: string;
  readonly role: pulumi.Input<string>;
  readonly serviceAccount: pulumi.Input<string>;
  readonly audience: string;
}
