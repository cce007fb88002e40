import { initCommand, pathText, setCommand, setSecretCommand } from "../environments/mistakes";
import { definitionNamed } from "../environments/resolve";
import { isEncrypted, isMapping, LEFT_OUT, readStackFile, withoutSecrets } from "../environments/stack-file";

/** Stands for the digest of an image that is promoted but not named yet. */
const UNSET_DIGEST = `sha256:${"0".repeat(64)}`;

/** A value that is still to be set before `up`, with the command that does it. */
export interface OpenValue {
  readonly path: string;
  readonly command: string;
}

/** A stack's configuration as an engine would hand it over, without a single secret value. */
export interface EmbeddedConfiguration {
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: string[];
  readonly open: readonly OpenValue[];
}

/**
 * Reads a stack's file. Encrypted values are left out and stay so; values that only `up` needs, secrets and the
 * promoted digest, get a stand-in where they are not set yet, and are listed.
 */
export function readConfiguration(directory: string, project: string, stack: string): EmbeddedConfiguration {
  const file = readStackFile(directory, stack);
  const config = file?.config ?? {};
  const open: OpenValue[] = [];
  const values = withoutSecrets(config) as Record<string, unknown>;
  const secrets = `${project}:secrets`;
  if (secrets in config) values[secrets] = standIn(stack, config[secrets], ["secrets"], open);
  nameDigest(stack, values, project, open);
  const texts = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  if (file && !file.initialised && open.length > 0) {
    open.unshift({ path: "the stack itself", command: initCommand(stack, file.secretsProvider) });
  }
  return { values: Object.fromEntries(texts), secretKeys: [secrets], open };
}

function standIn(stack: string, value: unknown, path: string[], open: OpenValue[]): unknown {
  if (value === "" || value === null) {
    open.push({ path: pathText(path), command: setSecretCommand(stack, path) });
    return LEFT_OUT;
  }
  if (!isMapping(value) || isEncrypted(value)) return withoutSecrets(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, standIn(stack, inner, [...path, key], open)]),
  );
}

function nameDigest(
  stack: string,
  values: Record<string, unknown>,
  project: string,
  open: OpenValue[],
): void {
  const named = values[`${project}:environment`];
  const environment = definitionNamed(typeof named === "string" ? named : stack);
  const image = values[`${project}:image`];
  if (environment?.image !== "promoted" || !isMapping(image) || image["digest"] !== undefined) return;
  image["digest"] = UNSET_DIGEST;
  open.push({ path: "image.digest", command: setCommand(stack, ["image", "digest"], "sha256:DIGEST") });
}
