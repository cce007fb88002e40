import { setTimeout as delay } from "node:timers/promises";
import { git, GitError, isWhole, must, REMOTE, type Repository, said } from "./git";
import type { Finished } from "./processes";

/** What became of a change of a ref: done, or another one was faster. */
export type Swap = "done" | "moved";

const ATTEMPTS = 12;
/** Two at once at the same ref, or one that came and went; nothing is wrong, the next attempt tells who won. */
const CONTENTION =
  /cannot lock ref|failed to update ref|\.lock'|reference already exists|incorrect old value|stale info/i;

/** The object that a ref names here. */
export async function readLocalRef({ directory }: Repository, ref: string): Promise<string | undefined> {
  const found = await git(directory, ["rev-parse", "--verify", "--quiet", ref]);
  return found.exitCode === 0 ? found.stdout.trim() : undefined;
}

/** The object that a ref names in the place that is shared; it need not be here. */
export async function readRef(repository: Repository, ref: string): Promise<string | undefined> {
  const { directory, remote } = repository;
  if (remote === undefined) return readLocalRef(repository, ref);
  const listed = await git(directory, ["ls-remote", remote, ref]);
  if (listed.exitCode !== 0) {
    throw new GitError(
      `${remote} does not answer: ${said(listed)}; address and credentials: git ls-remote ${remote}`,
    );
  }
  const lines = listed.stdout.split("\n").map((line) => line.split("\t"));
  return lines.find(([, name]) => name === ref)?.[0];
}

/** The same, and the object is here afterwards. */
export async function fetchRef(repository: Repository, ref: string): Promise<string | undefined> {
  const { directory, remote } = repository;
  if (remote === undefined) return readLocalRef(repository, ref);
  let failure = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const object = await readRef(repository, ref);
    if (object === undefined || (await isWhole(repository, object))) return object;
    const fetched = await git(directory, [...FETCH, remote, ref]);
    if (fetched.exitCode === 0 && (await isWhole(repository, object))) return object;
    // It moved or went between the two calls.
    failure = said(fetched);
  }
  throw new GitError(`${ref} cannot be fetched from ${remote}: ${failure || "it changes all the time"}`);
}

/** The branches of the remote that hold commits which its default branch lacks. */
export async function unmergedBranches(repository: Repository): Promise<string[]> {
  const { directory, remote } = repository;
  if (remote === undefined) {
    throw new GitError(
      `${directory} has no remote ${REMOTE} to know branches by: git remote add ${REMOTE} URL`,
    );
  }
  const trunk = await fetchRef(repository, "HEAD");
  if (trunk === undefined) throw new GitError(`${remote} has no default branch: git remote show ${remote}`);
  const lines = (await must(directory, ["ls-remote", "--heads", remote])).trim().split("\n");
  const unmerged: string[] = [];
  for (const line of lines) {
    const [commit = "", ref = ""] = line.split("\t");
    // A commit that is not here is no ancestor either: the whole history of the default branch is.
    const merged = await git(directory, ["merge-base", "--is-ancestor", commit, trunk]);
    if (merged.exitCode !== 0) unmerged.push(ref.slice("refs/heads/".length));
  }
  return unmerged;
}

const FETCH = [
  "fetch",
  "--quiet",
  "--no-tags",
  "--no-write-fetch-head",
  "--no-recurse-submodules",
  "--no-auto-maintenance",
];
// Hooks and the person's push settings are for branches, not for the books of this program.
const PUSH = ["push", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--porcelain"];

/**
 * Changes a ref in the place that is shared, if it still names `expected`; `undefined` stands for no ref, so that
 * the same call makes, moves and removes one.
 */
export async function swapRef(
  repository: Repository,
  ref: string,
  expected: string | undefined,
  next: string | undefined,
): Promise<Swap> {
  const { directory, remote } = repository;
  if (remote === undefined) return swapLocalRef(repository, ref, expected, next);
  const lease = `--force-with-lease=${ref}:${expected ?? ""}`;
  const push = () => git(directory, [...PUSH, lease, remote, `${next ?? ""}:${ref}`]);
  return swap(
    push,
    () => readRef(repository, ref),
    [expected, next],
    (pushed) => refusal(remote, ref, pushed),
  );
}

/** Changes a ref here alone, if it still names `expected`. */
export async function swapLocalRef(
  repository: Repository,
  ref: string,
  expected: string | undefined,
  next: string | undefined,
): Promise<Swap> {
  const change = next === undefined ? ["-d", ref] : ["--no-deref", ref, next];
  const update = () => git(repository.directory, ["update-ref", ...change, expected ?? ""]);
  return swap(
    update,
    () => readLocalRef(repository, ref),
    [expected, next],
    (updated) => `${ref} cannot be written in ${repository.directory}: ${said(updated)}`,
  );
}

async function swap(
  change: () => Promise<Finished>,
  read: () => Promise<string | undefined>,
  [expected, next]: readonly [string | undefined, string | undefined],
  problem: (failed: Finished) => string,
): Promise<Swap> {
  for (let attempt = 1; ; attempt++) {
    const failed = await change();
    if (failed.exitCode === 0) return "done";
    // What the ref names now tells more than the words of the failure: an answer may have been lost on its way.
    const now = await read();
    if (now === next) return "done";
    if (now !== expected) return "moved";
    const isContention = CONTENTION.test(failed.stdout + failed.stderr);
    if (attempt === ATTEMPTS || !isContention) throw new GitError(problem(failed));
    await pause(attempt);
  }
}

/** Waits a little, longer each time, and never as long as the one it competes with. */
export async function pause(attempt: number): Promise<void> {
  await delay(Math.random() * Math.min(20 * attempt, 500));
}

function refusal(remote: string, ref: string, pushed: Finished): string {
  return (
    `${remote} does not take ${ref}: ${reasonOf(pushed)}\n` +
    `whoever releases needs the right to push refs/notes/stagewright, refs/stagewright/* and tags there ` +
    `(GitLab: a token with write_repository; GitHub: contents: write); try it: git push --dry-run ${remote} ` +
    `HEAD:refs/stagewright/try`
  );
}

/** The remote's own words, without what git adds of its own. */
function reasonOf({ stdout, stderr, exitCode }: Finished): string {
  const rejected = /^!\t.*\t(\[.*)$/m.exec(stdout)?.[1];
  const told = stderr
    .split("\n")
    .filter((line) => !/^(error: failed to push|remote: error: hook declined|To |hint:)/.test(line));
  return said({ exitCode, stdout: "", stderr: [rejected, ...told].filter(Boolean).join("\n") });
}
