import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { definitions } from "../environments/resolve";
import { pathText, setCommand, setSecretCommand } from "../environments/mistakes";
import { isEncrypted, readStackFile } from "../environments/stack-file";

/** Stands for the digest of an image that is promoted but not named yet. */
export const UNSET_DIGEST = `sha256:${"0".repeat(64)}`;
const LEFT_OUT = "[left out]";

/** A project on disk. */
export interface Project {
  readonly name: string;
  /** The program's file, relative to the project. */
  readonly main: string;
}

/** A stack's configuration as an engine would hand it over, without a single secret value. */
export interface EmbeddedConfiguration {
  readonly values: Record<string, string>;
  readonly secretKeys: string[];
  /** What is still to be set before `up`, each with its command. */
  readonly open: readonly { readonly path: string; readonly command: string }[];
}

/** Reads `Pulumi.yaml`. */
export function readProject(directory: string): Project {
  const content = parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as Partial<Project>;
  return { name: content.name ?? "stagewright", main: content.main ?? "index.ts" };
}

/**
 * Reads a stack's file. Encrypted values are left out and stay so; values that only `up` needs, secrets and the
 * promoted digest, get a stand-in where they are not set yet, and are listed.
 */
export function readConfiguration(directory: string, project: string, stack: string): EmbeddedConfiguration {
  const config = readStackFile(directory, stack) ?? {};
  const open: { path: string; command: string }[] = [];
  const stood = Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const path = key.split(":").slice(1);
      return [key, key === `${project}:secrets` ? standIn(stack, value, path, open) : leaveOut(value)];
    }),
  );
  const image = stood[`${project}:image`];
  const environment = definitions[String(stood[`${project}:environment`] ?? stack)];
  if (isMapping(image) && environment?.image === "promoted" && image["digest"] === undefined) {
    image["digest"] = UNSET_DIGEST;
    open.push({
      path: "image.digest",
      command: setCommand(stack, ["image", "digest"], "sha256:DIGEST"),
    });
  }
  const values = Object.entries(stood).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return { values: Object.fromEntries(values), secretKeys: [`${project}:secrets`], open };
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function leaveOut(value: unknown): unknown {
  if (isEncrypted(value)) return LEFT_OUT;
  if (Array.isArray(value)) return value.map(leaveOut);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, leaveOut(inner)]));
}

function standIn(
  stack: string,
  value: unknown,
  path: string[],
  open: { path: string; command: string }[],
): unknown {
  if (value === "" || value === null) {
    open.push({ path: pathText(path), command: setSecretCommand(stack, path) });
    return LEFT_OUT;
  }
  if (!isMapping(value) || isEncrypted(value)) return leaveOut(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, standIn(stack, inner, [...path, key], open)]),
  );
}
