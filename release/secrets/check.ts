import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readProject } from "../../environments/project";
import { ReleaseError } from "../errors";
import type { Finding } from "./finding";
import { findSharedKeys, tryPassphrases } from "./keys";
import { passphraseHere } from "./passphrase";
import { ADDRESSES, type Found, lookFor, providerOf, type Variables } from "./providers";
import { findPlainValues, scanTree } from "./scan";
import { readSecretsFiles, type SecretsFile } from "./stack-files";

/** What one stack's secrets are encrypted with, and whether this machine can read them. */
export interface StackSecrets {
  readonly stack: string;
  readonly environment: string;
  readonly provider: string;
  /** Address of the key; `passphrase` where there is none. */
  readonly address: string;
  readonly needs: readonly Found[];
  /** For a passphrase: whether the one at hand is this stack's; absent where none was tried. */
  readonly opens?: boolean;
}

/** What {@link checkSecrets} found out. */
export interface SecretsReport {
  readonly stacks: readonly StackSecrets[];
  readonly findings: readonly Finding[];
  /** Whether there was a git checkout to look through. */
  readonly treeScanned: boolean;
}

/** Says which stack's secrets are kept by what, and what is not kept as it should be. Nothing is decrypted. */
export async function checkSecrets(
  directory: string,
  variables: Variables = process.env,
): Promise<SecretsReport> {
  if (!existsSync(join(directory, "Pulumi.yaml"))) {
    throw new ReleaseError("usage", "there is no Pulumi.yaml here; run it in the project's folder");
  }
  const project = readProject(directory).name;
  const files = readSecretsFiles(directory);
  const passphrase = passphraseHere(variables);
  const known = await tryPassphrases(files, passphrase);
  const tree = await scanTree(directory, new Set(files.map(({ file }) => file)));
  const cloud = isCloudBackend(directory, variables);
  return {
    stacks: files.map((file) => describeStack(file, cloud, variables, passphrase, known.opened)),
    findings: [
      ...files.flatMap((file) => findUnknownProvider(file, cloud)),
      ...findSharedKeys(files, known),
      ...files.flatMap((file) => findPlainValues(file, project)),
      ...(tree ?? []),
    ],
    treeScanned: tree !== undefined,
  };
}

function describeStack(
  { stack, environment, address, encryptionSalt }: SecretsFile,
  cloud: boolean,
  variables: Variables,
  passphrase: string | undefined,
  opened: readonly string[],
): StackSecrets {
  const provider = providerOf(address, cloud);
  return {
    stack,
    environment,
    provider: provider?.name ?? "unknown",
    address: address === "" ? "default" : address,
    needs: provider ? lookFor(provider, variables) : [],
    ...(encryptionSalt !== undefined && passphrase !== undefined ? { opens: opened.includes(stack) } : {}),
  };
}

function findUnknownProvider({ file, address }: SecretsFile, cloud: boolean): Finding[] {
  if (providerOf(address, cloud) !== undefined) return [];
  const what = `"${address}" is no secrets provider`;
  return [{ file, what, command: `in ${file}, secretsprovider is one of ${ADDRESSES}` }];
}

/** Whether state is kept by Pulumi Cloud, or one's own server of that kind, which then keeps a key a stack. */
export function isCloudBackend(directory: string, variables: Variables): boolean {
  const project = parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as {
    backend?: { url?: string };
  } | null;
  return /^https?:/.test(variables["PULUMI_BACKEND_URL"] || project?.backend?.url || "");
}
