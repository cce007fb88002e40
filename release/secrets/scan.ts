import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { capture } from "../../adapters/processes";
import { pathText, shellWord } from "../../environments/mistakes";
import { findSecretText, isStandIn, looksSecret } from "../../environments/secret-text";
import type { Finding } from "./finding";
import type { PlainValue, SecretsFile } from "./stack-files";

/** Ends of names whose values are secret whatever they look like. */
const SECRET_NAME =
  /(passw(or)?d|passphrase|(^|[a-z_-])token|private[_-]?key|api[_-]?key|access[_-]?key|credentials?|secret)$/i;
/** Names of Secrets are no secrets. */
const NAMES_A_SECRET = /(pull|existing|tls|ca|name)[_-]?secrets?$/i;

/** Values of a stack file that should be encrypted and are not. */
export function findPlainValues({ stack, file, plain }: SecretsFile, project: string): Finding[] {
  return plain
    .filter((value) => shouldBeSecret(value, project))
    .map(({ path, line }) => ({
      file,
      line,
      what: `${shownPath(path, project)} is in plain text and looks like a secret`,
      command: encryptCommand(stack, path, project),
    }));
}

function shouldBeSecret({ path, value }: PlainValue, project: string): boolean {
  // What stands in a list is named by the list.
  const name =
    String(path.findLast((key) => typeof key === "string"))
      .split(":")
      .at(-1) ?? "";
  if (path[0] === `${project}:secrets`) return true;
  if (looksSecret(value) || looksSecret(`${name}: ${value}`)) return true;
  return SECRET_NAME.test(name) && !NAMES_A_SECRET.test(name) && !isStandIn(value);
}

/** As `pulumi config --path` takes it: the project's own namespace goes without saying. */
function shownPath([key = "", ...rest]: readonly (string | number)[], project: string): string {
  const first = String(key).startsWith(`${project}:`) ? String(key).slice(project.length + 1) : String(key);
  // Only the first key may hold a colon as it is.
  return first + pathText(["", ...rest]).replace(/^\[""\]/, "");
}

/** Encrypts the value where it is; what became a variable moves to where secrets are mounted as files. */
function encryptCommand(stack: string, path: readonly (string | number)[], project: string): string {
  const shown = shownPath(path, project);
  const base = `pulumi config set --stack ${stack} --secret --path`;
  if (path[0] !== `${project}:application`) return `${base} ${shellWord(shown)}`;
  const named = path.findLast((key) => typeof key === "string");
  const moved = `${base} secrets.application.${fileName(String(named))}`;
  return `${moved} && pulumi config rm --stack ${stack} --path ${shellWord(shown)}`;
}

function fileName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "name"
  );
}

/** What generators write: full of hashes, and nobody keeps a password there. */
const GENERATED =
  /^(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|go\.sum|Cargo\.lock|poetry\.lock|uv\.lock|composer\.lock|Gemfile\.lock|cpanfile\.snapshot|.*\.min\.(js|css)|.*\.map)$/;

/** What looks like a secret in the files that git tracks; `undefined` where there is no git checkout. */
export async function scanTree(directory: string, skip: ReadonlySet<string>): Promise<Finding[] | undefined> {
  const listed = await capture("git", ["ls-files", "-z"], { cwd: directory });
  if (listed.exitCode !== 0) return undefined;
  return listed.stdout
    .split("\0")
    .filter((file) => file !== "" && !skip.has(file) && !GENERATED.test(basename(file)))
    .flatMap((file) => scanFile(directory, file));
}

function scanFile(directory: string, file: string): Finding[] {
  const text = readText(join(directory, file));
  return findSecretText(text).map(({ line, what, name }) => ({
    file,
    line,
    what,
    command: moveCommand(file, name),
  }));
}

/** A file's text; empty for what is none, or is not there any more. */
function readText(path: string): string {
  try {
    const content = readFileSync(path);
    return content.subarray(0, 8192).includes(0) ? "" : content.toString("utf8");
  } catch {
    return "";
  }
}

function moveCommand(file: string, name = "name"): string {
  const set = `pulumi config set --stack STACK --secret --path secrets.application.${fileName(name)}`;
  return /^\.env(\.|$)/.test(basename(file)) ? `${set} && git rm --cached ${shellWord(file)}` : set;
}
