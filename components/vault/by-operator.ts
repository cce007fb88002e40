import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { VaultAuth } from "./auth";
import { VaultConnection } from "./connection";
import type { DatabaseDelivery } from "./delivery-settings";
import { broughtName, databaseDestination, destination, type RestartTarget } from "./destination";
import { VaultDynamicSecret } from "./dynamic-secret";
import type { Login } from "./login";
import { VaultStaticSecret } from "./static-secret";

/** How an operator gets at Vault, and how long is waited for it. */
export interface Reader {
  readonly name: string;
  readonly metadata: (name: string) => k8s.types.input.meta.v1.ObjectMeta;
  readonly login: Login;
  readonly restartTargets: RestartTarget[];
  readonly opts: pulumi.CustomResourceOptions;
}

/** Connects the Vault Secrets Operator to Vault; gives the name to read with. */
export function connectOperator(reader: Reader): pulumi.Output<string> {
  const { name, metadata, login, opts } = reader;
  const { address, caSecretName } = login;
  const connection = new VaultConnection(
    name,
    {
      metadata: metadata(name),
      spec: { address, skipTLSVerify: false, ...(caSecretName ? { caCertSecretRef: caSecretName } : {}) },
    },
    opts,
  );
  const auth = new VaultAuth(
    name,
    {
      metadata: metadata(name),
      spec: {
        vaultConnectionRef: connection.metadata.name,
        method: "kubernetes",
        mount: login.authMount,
        kubernetes: {
          role: login.role,
          serviceAccount: login.serviceAccount,
          audiences: [login.audience],
          tokenExpirationSeconds: 600,
        },
      },
    },
    opts,
  );
  return auth.metadata.name;
}

/** Lets the operator write what is in Vault into a Secret. */
export function bringStatic(
  { name, metadata, login, restartTargets, opts }: Reader,
  auth: pulumi.Input<string>,
  secret: string,
): pulumi.Output<string> {
  const secretName = `${name}-${secret}`;
  const made = new VaultStaticSecret(
    secretName,
    {
      metadata: metadata(secretName),
      spec: {
        vaultAuthRef: auth,
        type: "kv-v2",
        mount: login.kvMount,
        path: `${login.folder}/${secret}`,
        refreshAfter: "30s",
        destination: destination(broughtName(secretName)),
        ...(restartTargets.length > 0 ? { rolloutRestartTargets: restartTargets } : {}),
      },
    },
    opts,
  );
  return broughtName(made.metadata.name);
}

/** Lets the operator fetch a login, keep its lease, and replace it before it ends. */
export function bringLogin(
  { name, metadata, restartTargets, opts }: Reader,
  auth: pulumi.Input<string>,
  credentialPath: string,
  { host, port = 5432, database = "app" }: DatabaseDelivery,
): pulumi.Output<string> {
  const secretName = `${name}-database`;
  const [, mount = "", path = ""] = /^(.*)\/((?:static-)?creds\/.*)$/.exec(credentialPath) ?? [];
  const made = new VaultDynamicSecret(
    secretName,
    {
      metadata: metadata(secretName),
      spec: {
        vaultAuthRef: auth,
        mount,
        path,
        ...(path.startsWith("static-") ? { allowStaticCreds: true } : {}),
        // With the operator's tenth of jitter, 40 % of a lease are left for the new login to reach the pods in.
        renewalPercent: 50,
        destination: databaseDestination(secretName, { host, port, database }),
        ...(restartTargets.length > 0 ? { rolloutRestartTargets: restartTargets } : {}),
      },
    },
    opts,
  );
  return made.metadata.name;
}
