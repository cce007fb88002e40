import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, type Engine } from "../../adapters/engine";
import { ReleaseError } from "../errors";
import { stackFileName } from "./stack-files";

/** A stack as it was before its secrets were encrypted anew; everything in it is still encrypted. */
export interface StackBackup {
  /** Relative to the project. */
  readonly folder: string;
  readonly stackFile: string;
  readonly stateFile: string;
}

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/** Keeps a stack's file and state, readable by this user alone, and reads both back. */
export async function backUpStack(engine: Engine, stack: string, now = new Date()): Promise<StackBackup> {
  const exported = await ask(engine, "stack", "export", "--stack", stack);
  if (exported.exitCode !== 0) {
    throw new ReleaseError(
      "failed",
      `the state of stack ${stack} cannot be backed up, nothing was changed: ${exported.stderr.trim()}`,
    );
  }
  const all = join("state", "secrets-backups");
  const folder = join(all, `${stack}-${now.toISOString().replace(/[-:]|\.\d+/g, "")}`);
  mkdirSync(join(engine.directory, folder), { recursive: true, mode: PRIVATE_FOLDER });
  writeFileSync(join(engine.directory, all, ".gitignore"), "*\n");
  const name = stackFileName(stack);
  const backup = { folder, stackFile: join(folder, name), stateFile: join(folder, "state.json") };
  keep(engine.directory, backup.stackFile, readFileSync(join(engine.directory, name), "utf8"));
  keep(engine.directory, backup.stateFile, exported.stdout);
  return backup;
}

function keep(directory: string, file: string, content: string): void {
  const path = join(directory, file);
  writeFileSync(path, content, { mode: PRIVATE_FILE });
  // The mode is asked for only where the file is new.
  chmodSync(path, PRIVATE_FILE);
  if (readFileSync(path, "utf8") !== content) {
    throw new ReleaseError("failed", `the backup ${file} does not read back as written; nothing was changed`);
  }
}

/**
 * What was put back. Where another run has changed resources since the backup, the state is not, as it would forget
 * them; the file is only while the state has the key that it had.
 */
export type Restored = "file and state" | "file" | "nothing" | { readonly refused: string };

/** Puts a stack's file and state back as they were, as far as no other run has changed resources meanwhile. */
export async function restoreStack(engine: Engine, stack: string, backup: StackBackup): Promise<Restored> {
  const exported = await ask(engine, "stack", "export", "--stack", stack);
  const was = readDeployment(readFileSync(join(engine.directory, backup.stateFile), "utf8"));
  const is = exported.exitCode === 0 ? readDeployment(exported.stdout) : was;
  const changed = workIn(is) !== workIn(was);
  if (changed && keeperOf(is) !== keeperOf(was)) return "nothing";
  const content = readFileSync(join(engine.directory, backup.stackFile), "utf8");
  writeFileSync(join(engine.directory, stackFileName(stack)), content);
  if (exported.exitCode !== 0) return { refused: exported.stderr.trim() };
  if (changed) return "file";
  const done = await ask(engine, "stack", "import", "--stack", stack, "--file", backup.stateFile);
  return done.exitCode === 0 ? "file and state" : { refused: done.stderr.trim() };
}

interface Deployment {
  readonly secrets_providers?: unknown;
  readonly resources?: readonly Worked[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: Worked }[];
}
/** What tells that a run has worked on a resource; encrypting it anew changes none of it. */
interface Worked {
  readonly urn: string;
  readonly id?: string;
  readonly created?: string;
  readonly modified?: string;
}

const readDeployment = (text: string) => (JSON.parse(text) as { deployment: Deployment }).deployment;
const keeperOf = (deployment: Deployment) => JSON.stringify(deployment.secrets_providers);
const mark = ({ urn, id, created, modified }: Worked) => [urn, id, created, modified];

function workIn({ resources = [], pending_operations: pending = [] }: Deployment): string {
  return JSON.stringify([
    resources.map(mark),
    pending.map(({ type, resource }) => [type, ...mark(resource)]),
  ]);
}

/** The commands that do by hand what {@link restoreStack} does. */
export function restoreCommands(stack: string, backup: StackBackup): string {
  return (
    `cp ${backup.stackFile} ${stackFileName(stack)} && ` +
    `pulumi stack import --stack ${stack} --file ${backup.stateFile}`
  );
}
