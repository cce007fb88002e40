import { X509Certificate } from "node:crypto";
import { readFromVault } from "../adapters/vault";
import { authorityOf, databaseIn } from "./database-cluster";
import type { Check } from "./doctor";
import type { DeclaredStack } from "./stack";

const there = (found: string): Check => ({ part: "database's authority in Vault", ok: true, found });

/**
 * Looks whether Vault has the certificate that the operator signs the database's with: it makes a new one with the same
 * key before the old one ends, and only `up` tells Vault. Until the old one has ended Vault connects with it, so that
 * this stands against nothing.
 */
export async function checkAuthority({ name, settings, client }: DeclaredStack): Promise<Check> {
  const { namespace } = settings.kubernetes;
  const cluster = await databaseIn(client, namespace);
  if (settings.logins === undefined || cluster === undefined) return there("not deployed yet");
  const [current, copy] = await Promise.all([
    authorityOf(client, namespace, cluster.metadata.name).catch(() => ""),
    copyOf(`${settings.logins.mount}/config/${settings.logins.connection}`),
  ]);
  if (current === "" || copy === undefined) return there("cannot be read");
  const ends = new Date(new X509Certificate(copy).validTo).toISOString();
  const found = `ends ${ends}`;
  if (copy.trim() === current.trim()) return there(found);
  const text = `the database has a newer one, and when Vault's has ended it makes, renews and ends no login`;
  return { ...there(found), advice: { text, command: `stagewright up --stack ${name}` } };
}

/** What Vault verifies the database with; nothing where it does not answer, or does not tell this token. */
async function copyOf(path: string): Promise<string | undefined> {
  const answer = await readFromVault(path);
  const { data } = (answer?.body ?? {}) as { data?: { connection_details?: { tls_ca?: string } } };
  return data?.connection_details?.tls_ca || undefined;
}
