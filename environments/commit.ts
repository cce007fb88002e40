import { execFileSync } from "node:child_process";
import { formatVersion } from "./version";

/** The commit that a run deploys. */
export interface Commit {
  /** Full hash; `unknown` where there is no git. */
  readonly hash: string;
  /** When it was made, UTC. */
  readonly time: Date;
  readonly branch: string;
  /** Whether files differ from the commit. */
  readonly dirty: boolean;
  /** Whether git was there to ask. */
  readonly known: boolean;
}

/** The commit that last changed a folder; what is built from the folder belongs to it. */
export interface Origin {
  readonly revision: string;
  readonly created: string;
}

/** Variables in which CI systems say what branch they build: GitLab, Jenkins, GitHub; ours comes first. */
const BRANCH_VARIABLES = ["STAGEWRIGHT_BRANCH", "CI_COMMIT_REF_NAME", "BRANCH_NAME", "GITHUB_REF_NAME"];
/** Said in place of a branch where none is checked out. */
export const DETACHED = "detached";
const EPOCH = new Date(0);

function git(directory: string, ...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, {
      cwd: directory,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}

/** Reads the commit of the checkout that `directory` is in. */
export function readCommit(
  directory: string,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Commit {
  const [hash, seconds] = git(directory, "log", "-1", "--format=%H %ct")?.split(" ") ?? [];
  if (!hash || !seconds)
    return { hash: "unknown", time: EPOCH, branch: "unknown", dirty: false, known: false };
  const named = BRANCH_VARIABLES.map((name) => variables[name]).find(Boolean);
  return {
    hash,
    time: new Date(Number(seconds) * 1000),
    branch: named ?? git(directory, "symbolic-ref", "--short", "-q", "HEAD") ?? DETACHED,
    dirty: git(directory, "status", "--porcelain", "--untracked-files=normal") !== "",
    known: true,
  };
}

/** Whether a checkout is at a commit, and no file but one of them differs from it. */
export function isAt(directory: string, hash: string, except: string): boolean {
  const files = ["--untracked-files=normal", "--", ":/", `:(exclude)${except}`];
  return (
    git(directory, "rev-parse", "HEAD") === hash && git(directory, "status", "--porcelain", ...files) === ""
  );
}

/** The commit that last touched `folder`, so that the same sources give the same image whatever else changed. */
export function readOrigin(directory: string, folder: string): Origin {
  const [hash, seconds] = git(directory, "log", "-1", "--format=%H %ct", "--", folder)?.split(" ") ?? [];
  const dirty = git(directory, "status", "--porcelain", "--", folder);
  return {
    revision: `${hash ? hash.slice(0, 12) : "unknown"}${dirty ? "-dirty" : ""}`,
    created: (seconds ? new Date(Number(seconds) * 1000) : EPOCH).toISOString(),
  };
}

/** The version that people call a commit by, such as `20170717.111749-master-1.2.3`. */
export function versionOf(commit: Commit, semver: string): string {
  return formatVersion({ time: commit.time, branch: commit.branch, semver });
}
