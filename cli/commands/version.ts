import { readCommit, versionOf } from "../../environments/commit";
import { packageVersion, packageVersionProblem } from "../../environments/project";
import { CliError, ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Prints the version of the current commit. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const branch = values["branch"];
  const commit = readCommit(
    process.cwd(),
    typeof branch === "string" ? { STAGEWRIGHT_BRANCH: branch } : process.env,
  );
  if (!commit.known) {
    throw new CliError(
      "there is no git commit here, so there is no version: git init && git commit",
      ExitCode.PartMissing,
    );
  }
  const problem = packageVersionProblem(process.cwd());
  if (problem !== undefined) throw new CliError(problem, ExitCode.Usage);
  const version = versionOf(commit, packageVersion(process.cwd()));
  if (commit.dirty) output.warn("there are changes that no commit holds; the version is the commit's");
  output.result({ version, commit: commit.hash, dirty: commit.dirty }, [version]);
  return ExitCode.Done;
}
