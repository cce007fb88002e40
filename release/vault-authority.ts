import { X509Certificate } from "node:crypto";
import { getObjects, type Kubectl, kubectl, type KubeObject } from "../adapters/kubectl";
import { askVault } from "../adapters/vault";
import type { Check } from "./doctor";
import { DATABASE } from "./live-database";
import type { DeclaredStack } from "./stack";

const there = (found: string): Check => ({ part: "database's authority in Vault", ok: true, found });

/**
 * Looks whether Vault has the certificate that the operator signs the database's with: it makes a new one with the same
 * key before the old one ends, and only `up` tells Vault. Until the old one has ended Vault connects with it, so that
 * this stands against nothing.
 */
export async function checkAuthority({ name, settings, client }: DeclaredStack): Promise<Check> {
  const cluster = await databaseOf(client, settings.kubernetes.namespace);
  if (settings.logins === undefined || cluster === undefined) return there("not deployed yet");
  const [current, copy] = await Promise.all([
    authorityOf(client, cluster),
    copyOf(`${settings.logins.mount}/config/${settings.logins.connection}`),
  ]);
  if (current === undefined || copy === undefined) return there("cannot be read");
  const ends = new Date(new X509Certificate(copy).validTo).toISOString();
  const found = `ends ${ends}`;
  if (copy.trim() === current.trim()) return there(found);
  const text = `the database has a newer one, and when Vault's has ended it makes, renews and ends no login`;
  return { ...there(found), advice: { text, command: `stagewright up --stack ${name}` } };
}

async function databaseOf(client: Kubectl, namespace: string): Promise<KubeObject | undefined> {
  const here = ["--namespace", namespace, "--selector", DATABASE];
  const [cluster] = await getObjects(client, "clusters.postgresql.cnpg.io", ...here);
  return cluster;
}

/** The certificate alone: the Secret holds its private key as well. */
async function authorityOf(client: Kubectl, { metadata }: KubeObject): Promise<string | undefined> {
  const { name, namespace = "default" } = metadata;
  const words = ["get", "secret", `${name}-ca`, "--namespace", namespace];
  const encoded = await kubectl(client, ...words, "--output", "jsonpath={.data.ca\\.crt}");
  return encoded ? Buffer.from(encoded, "base64").toString() : undefined;
}

/** What Vault verifies the database with; nothing where it does not answer, or does not tell this token. */
async function copyOf(path: string): Promise<string | undefined> {
  const { VAULT_ADDR: address, VAULT_TOKEN: token } = process.env;
  if (!address || !token) return undefined;
  const answer = await askVault({ address, token }, "GET", path).catch(() => undefined);
  const { data } = (answer?.body ?? {}) as { data?: { connection_details?: { tls_ca?: string } } };
  return data?.connection_details?.tls_ca || undefined;
}
