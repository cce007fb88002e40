import { hostname, userInfo } from "node:os";

/** Who releases, and the pipeline's run that does it. */
export interface Actor {
  readonly by: string;
  /** Address of the pipeline's run. */
  readonly pipeline?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables in which CI systems say for whom they run, and where the run can be looked at: GitLab, Jenkins, GitHub. */
const PEOPLE = ["STAGEWRIGHT_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID", "CHANGE_AUTHOR", "GITHUB_ACTOR"];
const RUNS = ["STAGEWRIGHT_PIPELINE", "CI_PIPELINE_URL", "BUILD_URL"];

/** Reads who releases from CI's variables; on a person's own machine it is the person. */
export function readActor(variables: Variables = process.env): Actor {
  const first = (names: readonly string[]) => names.map((name) => variables[name]).find(Boolean);
  const pipeline = first(RUNS) ?? githubRun(variables);
  return {
    by: first(PEOPLE) ?? `${userInfo().username}@${hostname()}`,
    ...(pipeline ? { pipeline } : {}),
  };
}

function githubRun(variables: Variables): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = variables;
  return server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined;
}
