import type { Input } from "@pulumi/pulumi";
import type { ObjectStoreCredentials } from "./object-store";

/** Bucket or container that a destination names; `undefined` when it is none that the plugin knows. */
export function containerOf(destination: string): string | undefined {
  const azure = /^https:\/\/[a-z0-9]+\.blob\.core\.windows\.net\/([^/]+)/.exec(destination);
  return (azure ?? /^(?:s3|gs):\/\/([^/]+)/.exec(destination))?.[1];
}

/** The credentials of a store: keys of a Secret, or without one the workload's identity. */
export function storeCredentials(destination: string, secretName?: Input<string>): ObjectStoreCredentials {
  if (destination.startsWith("gs:")) return { googleCredentials: google(secretName) };
  if (destination.startsWith("https:")) return { azureCredentials: azure(secretName) };
  return { s3Credentials: s3(secretName) };
}

const s3 = (name?: Input<string>) =>
  name
    ? { accessKeyId: { name, key: "ACCESS_KEY_ID" }, secretAccessKey: { name, key: "ACCESS_SECRET_KEY" } }
    : { inheritFromIAMRole: true };

const google = (name?: Input<string>) =>
  name ? { applicationCredentials: { name, key: "APPLICATION_CREDENTIALS" } } : { gkeEnvironment: true };

const azure = (name?: Input<string>) =>
  name
    ? { storageAccount: { name, key: "STORAGE_ACCOUNT" }, storageKey: { name, key: "STORAGE_KEY" } }
    : { useDefaultAzureCredentials: true };
