import type * as pulumi from "@pulumi/pulumi";
import type { Reader } from "./by-operator";
import { broughtName } from "./destination";
import { ExternalSecret, SecretStore } from "./external-secrets";

/** Connects the External Secrets Operator to Vault; gives the name to read with. */
export function connectStore({ name, metadata, login, opts }: Reader): pulumi.Output<string> {
  const { address, caSecretName, kvMount, authMount, role, serviceAccount, audience } = login;
  const store = new SecretStore(
    name,
    {
      metadata: metadata(name),
      spec: {
        provider: {
          vault: {
            server: address,
            path: kvMount,
            version: "v2",
            ...(caSecretName
              ? { caProvider: { type: "Secret" as const, name: caSecretName, key: "ca.crt" } }
              : {}),
            auth: {
              kubernetes: {
                mountPath: authMount,
                role,
                serviceAccountRef: { name: serviceAccount, audiences: [audience] },
              },
            },
          },
        },
      },
    },
    // Of a store that is changed, `Ready` is the last answer for a moment; one that is made anew has none yet.
    { ...opts, replaceOnChanges: ["spec"], deleteBeforeReplace: true },
  );
  return store.metadata.name;
}

/** Lets the operator write what is in Vault into a Secret. */
export function bringExternal(
  { name, metadata, login, opts }: Reader,
  store: pulumi.Input<string>,
  secret: string,
): pulumi.Output<string> {
  const secretName = `${name}-${secret}`;
  const made = new ExternalSecret(
    secretName,
    {
      metadata: metadata(secretName),
      spec: {
        refreshInterval: "30s",
        secretStoreRef: { kind: "SecretStore", name: store },
        // While Vault is away, the application keeps what it has.
        target: { name: broughtName(secretName), creationPolicy: "Owner", deletionPolicy: "Retain" },
        dataFrom: [{ extract: { key: `${login.folder}/${secret}` } }],
      },
    },
    opts,
  );
  return broughtName(made.metadata.name);
}
