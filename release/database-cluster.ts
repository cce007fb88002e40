import { getObjects, type Kubectl, kubectlFinished, type KubeObject } from "../adapters/kubectl";
import { DATABASE } from "./live-database";

/** The Cluster of the application in a namespace, where there is one and somebody answers. */
export async function databaseIn<T extends KubeObject = KubeObject>(
  client: Kubectl,
  namespace: string,
): Promise<T | undefined> {
  const here = ["--namespace", namespace, "--selector", DATABASE];
  const [cluster] = await getObjects<T>(client, "clusters.postgresql.cnpg.io", ...here);
  return cluster;
}

/**
 * The certificate that signs a Cluster's, as PEM, and nothing else: the Secret holds its private key as well.
 *
 * @throws Error that says why it cannot be read.
 */
export async function authorityOf(client: Kubectl, namespace: string, cluster: string): Promise<string> {
  const words = ["get", "secret", `${cluster}-ca`, "--namespace", namespace];
  const read = [...words, "--output", "jsonpath={.data.ca\\.crt}", "--request-timeout", "10s"];
  const { exitCode, stdout, stderr } = await kubectlFinished(client, read);
  if (exitCode !== 0) throw new Error(stderr.trim());
  return Buffer.from(stdout, "base64").toString();
}
