import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** The `config` block of a stack file, as it stands there: encrypted values are `{ secure: … }`. */
export function readStackFile(directory: string, stack: string): Record<string, unknown> | undefined {
  const file = join(directory, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return undefined;
  const content = parse(readFileSync(file, "utf8")) as { config?: Record<string, unknown> } | null;
  return content?.config ?? {};
}

/** True for a value that Pulumi has encrypted. */
export function isEncrypted(value: unknown): value is { secure: string } {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "secure";
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
