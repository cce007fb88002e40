import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** A stack file, as far as we read it. */
export interface StackFile {
  /** Values by full key; encrypted ones are `{ secure: … }`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What encrypts the stack's secrets: `passphrase`, or an address such as `hashivault://key`. */
  readonly secretsProvider: string;
  /** Whether a stack was made from the file before: only then can values be set in it. */
  readonly initialised: boolean;
}

/** Stands where an encrypted value is not decrypted. */
export const LEFT_OUT = "[left out]";

/** Reads `Pulumi.<stack>.yaml`; `undefined` when there is none. */
export function readStackFile(directory: string, stack: string): StackFile | undefined {
  const file = join(directory, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return undefined;
  const content = parse(readFileSync(file, "utf8")) as {
    config?: Record<string, unknown>;
    secretsprovider?: string;
    encryptionsalt?: string;
    encryptedkey?: string;
  } | null;
  return {
    config: content?.config ?? {},
    secretsProvider: content?.secretsprovider ?? "passphrase",
    initialised: Boolean(content?.encryptionsalt ?? content?.encryptedkey),
  };
}

/** True for a value that Pulumi has encrypted. */
export function isEncrypted(value: unknown): value is { secure: string } {
  return isMapping(value) && Object.keys(value).join() === "secure";
}

/** True for a YAML mapping. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value with {@link LEFT_OUT} in place of everything encrypted in it. */
export function withoutSecrets(value: unknown): unknown {
  if (isEncrypted(value)) return LEFT_OUT;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}

/** The project's own values, by key without the project's name. */
export function ownValues(
  values: Readonly<Record<string, unknown>>,
  project: string,
): Record<string, unknown> {
  const own = Object.entries(values).filter(([key]) => key.startsWith(`${project}:`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(project.length + 1), value]));
}

/** Paths below `secrets` whose values are written in plain text. */
export function findPlainSecrets(config: Readonly<Record<string, unknown>>, project: string): string[][] {
  return walk(config[`${project}:secrets`], ["secrets"]);
}

function walk(value: unknown, path: string[]): string[][] {
  if (isEncrypted(value) || value === null || value === undefined || value === "") return [];
  if (typeof value !== "object") return [path];
  return Object.entries(value).flatMap(([key, inner]) => walk(inner, [...path, key]));
}
