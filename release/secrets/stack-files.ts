import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { readProject } from "../../environments/project";

/** A value that stands in a stack file in plain text. */
export interface PlainValue {
  /** Such as `["stagewright:application", "env", "LOG_LEVEL"]`. */
  readonly path: readonly (string | number)[];
  readonly value: string;
  readonly line: number;
}

/** A stack's file, read for what it says of secrets. */
export interface SecretsFile {
  readonly stack: string;
  /** Relative to the project. */
  readonly file: string;
  /** `test`, `int`, `prod`, or what else it calls itself. */
  readonly environment: string;
  /** Address of the provider; empty when the file names none. */
  readonly address: string;
  readonly encryptionSalt?: string;
  readonly encryptedKey?: string;
  readonly plain: readonly PlainValue[];
}

/** Name of a stack's file. */
export function stackFileName(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/** Every stack file of a project, by name. */
export function readSecretsFiles(directory: string): SecretsFile[] {
  return readdirSync(directory)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .toSorted()
    .map((stack) => readSecretsFile(directory, stack));
}

/** One stack's file. */
export function readSecretsFile(directory: string, stack: string): SecretsFile {
  const file = stackFileName(stack);
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(join(directory, file), "utf8"), { lineCounter: lines });
  const text = (key: string) => {
    const value: unknown = document.get(key);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const plain = plainValues(document.get("config", true), [], lines);
  const named = plain.find(({ path }) => path.join() === `${projectName(directory)}:environment`);
  const [encryptionSalt, encryptedKey] = [text("encryptionsalt"), text("encryptedkey")];
  return {
    stack,
    file,
    environment: named?.value ?? stack,
    address: text("secretsprovider") ?? (encryptionSalt ? "passphrase" : ""),
    ...(encryptionSalt ? { encryptionSalt } : {}),
    ...(encryptedKey ? { encryptedKey } : {}),
    plain,
  };
}

function projectName(directory: string): string {
  return existsSync(join(directory, "Pulumi.yaml")) ? readProject(directory).name : "stagewright";
}

/** Scalars that are there and are not encrypted. */
function plainValues(node: unknown, path: readonly (string | number)[], lines: LineCounter): PlainValue[] {
  if (isMap(node)) {
    const keys = node.items.map(({ key }) => String(isScalar(key) ? key.value : key));
    if (keys.join() === "secure") return [];
    return node.items.flatMap(({ value }, index) => plainValues(value, [...path, keys[index] ?? ""], lines));
  }
  if (isSeq(node)) return node.items.flatMap((item, index) => plainValues(item, [...path, index], lines));
  if (!isScalar<string | number | boolean | null>(node) || node.value === null || node.value === "")
    return [];
  return [{ path, value: String(node.value), line: lines.linePos(node.range?.[0] ?? 0).line }];
}
