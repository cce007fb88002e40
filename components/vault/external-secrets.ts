import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a `SecretStore` object (external-secrets.io/v1, operator 2.9), as far as this package sets them. */
export interface SecretStoreArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: {
    readonly provider: {
      readonly vault: {
        readonly server: pulumi.Input<string>;
        readonly path: string;
        readonly version: "v2";
        readonly caProvider?: {
          readonly type: "Secret";
          readonly name: pulumi.Input<string>;
          readonly key: string;
        };
        readonly auth: {
          readonly kubernetes: {
            readonly mountPath: string;
            readonly role: pulumi.Input<string>;
            readonly serviceAccountRef: {
              readonly name: pulumi.Input<string>;
              readonly audiences: pulumi.Input<string>[];
            };
          };
        };
      };
    };
  };
}

/** Arguments of an `ExternalSecret` object (external-secrets.io/v1, operator 2.9), as far as this package sets them. */
export interface ExternalSecretArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: {
    readonly refreshInterval: string;
    readonly secretStoreRef: { readonly kind: "SecretStore"; readonly name: pulumi.Input<string> };
    readonly target: {
      readonly name: pulumi.Input<string>;
      readonly creationPolicy: "Owner";
      readonly deletionPolicy: "Retain";
    };
    readonly dataFrom: { readonly extract: { readonly key: string } }[];
  };
}

/** A `SecretStore` of the External Secrets Operator, typed. Its condition `Ready` says that Vault let it in. */
export class SecretStore extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: SecretStoreArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "external-secrets.io/v1", kind: "SecretStore", ...args }, opts);
  }
}

/** An `ExternalSecret` of the External Secrets Operator, typed. Its condition `Ready` says that the Secret was written. */
export class ExternalSecret extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: ExternalSecretArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", ...args }, opts);
  }
}
