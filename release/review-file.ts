import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isMap, parseDocument } from "yaml";
import { BACKUP_BINDING } from "../environments/backup-rules";
import { readProject } from "../environments/project";
import { readStack } from "./stack";

/** The stack that review apps resemble. */
export const BASE = "test";
const LONGEST_LABEL = 63;
/**
 * What the base stack has for itself. Two databases must not archive into one place, and what belongs to an archive goes
 * with it; a stack that took the base's role or folder in Vault would take them away when it is removed.
 */
const NOT_SHARED = [
  ...["backup", "drill", "recovery", "replica"].map((key) => ["database", key]),
  ["secrets", BACKUP_BINDING],
  ...["folder", "role"].map((key) => ["vault", key]),
];

const fileOf = (directory: string, stack: string) => join(directory, `Pulumi.${stack}.yaml`);

/**
 * Writes a review stack's file from the base stack's. Encrypted values are copied with the key they are encrypted
 * under, so nothing is decrypted, and the file can be made again anywhere from the checkout alone.
 */
export function writeReviewFile(directory: string, stack: string): void {
  const { settings } = readStack(directory, BASE);
  const { name: project } = readProject(directory);
  const content = parseDocument(readFileSync(fileOf(directory, BASE), "utf8"));
  const inConfig = ([key = "", ...rest]: readonly string[]) => ["config", `${project}:${key}`, ...rest];
  const set = (path: readonly string[], value: string) => setIn(content, inConfig(path), value);
  content.commentBefore = ` A branch's own stack, made from Pulumi.${BASE}.yaml; never committed.`;
  for (const path of NOT_SHARED) {
    if (content.hasIn(inConfig(path))) content.deleteIn(inConfig(path));
  }
  set(["environment"], settings.definition.name);
  set(["kubernetes", "namespace"], namespaceOf(settings.image.repository, stack));
  const { host } = settings.application;
  if (host !== undefined) set(["application", "host"], `${stack.slice("review-".length)}.${host}`);
  writeFileSync(fileOf(directory, stack), content.toString());
}

/** Removes a review stack's file. */
export function removeReviewFile(directory: string, stack: string): void {
  rmSync(fileOf(directory, stack), { force: true });
}

function setIn(content: Document, path: readonly string[], value: string): void {
  const parent = path.slice(0, -1);
  if (!isMap(content.getIn(parent))) content.setIn(parent, content.createNode({}));
  content.setIn(path, value);
}

/** The stack's name is kept whole: it is what tells two branches apart. */
function namespaceOf(repository: string, stack: string): string {
  const application = (repository.split("/").at(-1) ?? "").replaceAll(/[^a-z0-9]+/g, "-");
  const room = LONGEST_LABEL - stack.length - 1;
  return `${application.slice(0, room).replaceAll(/^-+|-+$/g, "")}-${stack}`;
}
