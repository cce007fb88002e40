import { isShallow } from "../adapters/git";
import { type Commit, DETACHED, isAt, readCommit, versionOf } from "../environments/commit";
import { packageVersion, packageVersionProblem } from "../environments/project";
import { ReleaseError } from "./errors";
import { firstVersion } from "./ledger";
import type { DeploymentRecord } from "./records";
import { inRepository } from "./repository";

/** The commit that is to be released. */
export interface ReleaseSource extends Commit {
  readonly version: string;
}

/**
 * The commit of the checkout, if it can be released from here, and its version: the one it was first recorded with,
 * else computed.
 */
export async function releaseSource(
  directory: string,
  records: readonly DeploymentRecord[],
  branch?: string,
): Promise<ReleaseSource> {
  const shallow = await inRepository(directory, isShallow);
  const commit = readCommit(directory, branch === undefined ? process.env : { STAGEWRIGHT_BRANCH: branch });
  guard(commit, shallow);
  return { ...commit, version: firstVersion(records, commit.hash) ?? computed(directory, commit) };
}

/** Makes sure that the checkout is still what is released: whoever builds reads the files that are there by then. */
export function guardSource(directory: string, stack: string, commit: string): void {
  // The engine writes there what it keeps a new stack's secrets with.
  if (isAt(directory, commit, `Pulumi.${stack}.yaml`)) return;
  throw new ReleaseError(
    "failed",
    `the checkout was changed while this run was under way, so what is built from it is not commit ${commit}; it is not ` +
      `recorded, signed or tagged: git status, then stagewright release --stack ${stack}`,
  );
}

function guard(commit: Commit, shallow: boolean): void {
  if (!commit.known) {
    throw new ReleaseError("part missing", "there is no git commit here to be released: git commit");
  }
  if (commit.dirty) {
    throw new ReleaseError(
      "usage",
      `there are changes that commit ${commit.hash} does not hold, so what would be released is not that commit: ` +
        "git status, then git commit or git stash --include-untracked",
    );
  }
  if (shallow) {
    throw new ReleaseError(
      "usage",
      "this clone is shallow, so the commit that last changed the image's sources cannot be told, and the same sources " +
        "would get another digest: git fetch --unshallow",
    );
  }
}

function computed(directory: string, commit: Commit): string {
  const problem = packageVersionProblem(directory);
  if (problem !== undefined) throw new ReleaseError("usage", problem);
  if (commit.branch === DETACHED) {
    throw new ReleaseError(
      "usage",
      `no branch is checked out, and the version of commit ${commit.hash} is to name one for good: --branch NAME`,
    );
  }
  return versionOf(commit, packageVersion(directory));
}
