import { randomUUID } from "node:crypto";
import { capture, type Finished } from "./processes";

/** A checkout, and the remote that everyone who releases shares; without one the checkout itself is the place. */
export interface Repository {
  readonly directory: string;
  readonly remote?: string;
  /** Where in the repository the directory is, such as `apps/shop`; absent in its root. */
  readonly folder?: string;
}

/** What git, or the remote, did not do; the message is for a person. */
export class GitError extends Error {}

/** The remote that is shared. */
export const REMOTE = "origin";
/** English whatever the machine speaks, and never a question that nobody can answer. */
const ENVIRONMENT = { LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };

interface Options {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs git in a folder; a failure is a result. */
export function git(directory: string, args: readonly string[], options: Options = {}): Promise<Finished> {
  return capture("git", args, {
    cwd: directory,
    env: { ...ENVIRONMENT, ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
}

/** Runs git where a failure means that something is wrong with the checkout. */
export async function must(directory: string, args: readonly string[], options?: Options): Promise<string> {
  const done = await git(directory, args, options);
  if (done.exitCode === 0) return done.stdout;
  throw new GitError(`git ${args[0]} failed in ${directory}: ${said(done)}`);
}

/** What git said, in one line, without credentials that an address may carry. */
export function said({ stderr, stdout }: Finished): string {
  return (stderr.trim() || stdout.trim())
    .replace(/:\/\/[^/@\s]+@/g, "://")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .join("; ");
}

/** The checkout that a folder is in, or `undefined` where there is none. */
export async function openRepository(directory: string): Promise<Repository | undefined> {
  const inside = await git(directory, ["rev-parse", "--show-prefix"]);
  if (inside.exitCode !== 0) return undefined;
  const folder = inside.stdout.trim().replace(/\/$/, "");
  const { exitCode } = await git(directory, ["config", "--get", `remote.${REMOTE}.url`]);
  return {
    directory,
    ...(exitCode === 0 ? { remote: REMOTE } : {}),
    ...(folder === "" ? {} : { folder }),
  };
}

/** Whether older commits were left out when it was cloned. */
export async function isShallow({ directory }: Repository): Promise<boolean> {
  return (await must(directory, ["rev-parse", "--is-shallow-repository"])).trim() === "true";
}

/** The full hash of a commit that is here. */
export async function findCommit({ directory }: Repository, name: string): Promise<string | undefined> {
  const found = await git(directory, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);
  return found.exitCode === 0 ? found.stdout.trim() : undefined;
}

/** Stores text, and gives the name git has for it. */
export async function writeBlob({ directory }: Repository, text: string): Promise<string> {
  return (await must(directory, ["hash-object", "-w", "--stdin"], { input: text })).trim();
}

/**
 * Whether an object is here with all that it leads to; while another process fetches it, it may be here before that.
 *
 * @see https://git-scm.com/docs/git-unpack-objects (what a small fetch brings is written one by one)
 */
export async function isWhole({ directory }: Repository, object: string): Promise<boolean> {
  const walk = ["rev-list", "--objects", "--quiet", object, "--not", "--all"];
  return (await git(directory, walk)).exitCode === 0;
}

/** The texts of objects, in their order, by one call. */
export async function readObjects(
  { directory }: Repository,
  objects: readonly string[],
): Promise<readonly string[]> {
  if (objects.length === 0) return [];
  // A mark of its own tells where an object begins: sizes are in bytes, which a text that is not UTF-8 has lost.
  const mark = randomUUID();
  const out = await must(directory, ["cat-file", `--batch=${mark} %(objecttype)`], {
    input: `${objects.join("\n")}\n`,
  });
  const texts = `\n${out}`.split(new RegExp(`\n${mark} [a-z]+\n`)).slice(1);
  if (texts.length === objects.length) return texts;
  throw new GitError(`git cat-file failed in ${directory}: objects are missing; see: git fsck`);
}

/** Who is named as the maker of commits and tags: the person git knows, else this program. */
export async function identity({ directory }: Repository): Promise<Record<string, string>> {
  const known = await git(directory, ["var", "GIT_COMMITTER_IDENT"]);
  if (known.exitCode === 0) return {};
  const [name, email] = ["stagewright", "stagewright@localhost"];
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}
