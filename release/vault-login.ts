import { getObjects, type Kubectl, type KubeObject } from "../adapters/kubectl";

/** How an operator that was deployed before logs in to Vault. */
export interface DeployedLogin {
  readonly mount: string;
  readonly role: string;
  readonly serviceAccount: string;
  readonly audiences: readonly string[];
}

interface VaultAuthObject extends KubeObject {
  readonly spec: {
    readonly mount: string;
    readonly kubernetes: Omit<DeployedLogin, "mount">;
  };
}

interface SecretStoreObject extends KubeObject {
  readonly spec: {
    readonly provider: {
      readonly vault: {
        readonly auth: {
          readonly kubernetes: {
            readonly mountPath: string;
            readonly role: string;
            readonly serviceAccountRef: { readonly name: string; readonly audiences: readonly string[] };
          };
        };
      };
    };
  };
}

/** The login of the namespace's operator, whichever it is; `undefined` before the first deployment. */
export async function deployedLogin(client: Kubectl, namespace: string): Promise<DeployedLogin | undefined> {
  const ours = ["--namespace", namespace, "--selector", "app.kubernetes.io/managed-by=stagewright"];
  const [auth] = await getObjects<VaultAuthObject>(client, "vaultauths.secrets.hashicorp.com", ...ours);
  if (auth !== undefined) return { mount: auth.spec.mount, ...auth.spec.kubernetes };
  const [store] = await getObjects<SecretStoreObject>(client, "secretstores.external-secrets.io", ...ours);
  if (store === undefined) return undefined;
  const { mountPath, role, serviceAccountRef } = store.spec.provider.vault.auth.kubernetes;
  const { name, audiences } = serviceAccountRef;
  return { mount: mountPath, role, serviceAccount: name, audiences };
}
