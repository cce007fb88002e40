import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** A key of a Secret in the object's own namespace. */
export interface SecretKey {
  readonly name: pulumi.Input<string>;
  readonly key: string;
}

/** The fields of an `ObjectStore` (barmancloud.cnpg.io/v1, plugin 0.14) that this package sets. */
export interface ObjectStoreSpec {
  readonly retentionPolicy: string;
  readonly configuration: ObjectStoreCredentials & {
    readonly destinationPath: string;
    readonly endpointURL?: string;
    readonly endpointCA?: SecretKey;
    readonly wal: { readonly compression: string; readonly maxParallel: number };
    readonly data: { readonly compression: string; readonly jobs: number };
  };
  readonly instanceSidecarConfiguration: {
    readonly resources: k8s.types.input.core.v1.ResourceRequirements;
    readonly env?: { readonly name: string; readonly value: string }[];
  };
}

/** Credentials for one kind of store: Amazon's protocol, Google's or Azure's. */
export interface ObjectStoreCredentials {
  readonly s3Credentials?: {
    readonly accessKeyId?: SecretKey;
    readonly secretAccessKey?: SecretKey;
    readonly inheritFromIAMRole?: boolean;
  };
  readonly googleCredentials?: {
    readonly applicationCredentials?: SecretKey;
    readonly gkeEnvironment?: boolean;
  };
  readonly azureCredentials?: {
    readonly storageAccount?: SecretKey;
    readonly storageKey?: SecretKey;
    readonly useDefaultAzureCredentials?: boolean;
  };
}

/** Arguments of an `ObjectStore` object. */
export interface ObjectStoreArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: ObjectStoreSpec;
}

/**
 * An `ObjectStore` object of the Barman Cloud plugin, typed.
 *
 * It offers nothing to wait for: no conditions, and its status is empty until a first backup was made.
 */
export class ObjectStore extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: ObjectStoreArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "barmancloud.cnpg.io/v1", kind: "ObjectStore", ...args }, opts);
  }
}
