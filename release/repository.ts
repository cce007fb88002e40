import { GitError, openRepository, type Repository } from "../adapters/git";
import { onPath } from "../adapters/processes";
import { ReleaseError } from "./errors";

/** Opens the checkout that a folder is in and works in it; what git cannot do becomes a person's error. */
export async function inRepository<T>(
  directory: string,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  if (!onPath("git")) {
    throw new ReleaseError("part missing", "git is not on PATH; see https://git-scm.com/downloads");
  }
  const repository = await openRepository(directory);
  if (repository === undefined) {
    throw new ReleaseError(
      "part missing",
      `${directory} is in no git checkout, so nothing can be released or recorded: git init && git commit`,
    );
  }
  try {
    return await work(repository);
  } catch (error) {
    throw error instanceof GitError ? new ReleaseError("failed", error.message) : error;
  }
}
