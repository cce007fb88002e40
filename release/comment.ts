import { GitLabError, type MergeRequest, type Sleep, upsertNote } from "../adapters/gitlab";
import type { EngineRun, PlannedStep } from "./engine-run";
import { ReleaseError } from "./errors";

/** A longer table helps nobody, and GitLab refuses a note of over a million characters. */
const MOST_ROWS = 200;

const TOKEN = "STAGEWRIGHT_GITLAB_TOKEN";

/** What `up` would change, as Markdown: kinds, names and what happens to them, no values. */
export function previewText(stack: string, commit: string, run: EngineRun): string {
  const counted = Object.entries(run.changes).filter(([op]) => op !== "same");
  const summary =
    counted.length === 0 ? "nothing" : counted.map(([op, count]) => `${op} ${count}`).join(", ");
  const shown = run.steps.slice(0, MOST_ROWS);
  const more = run.steps.length - shown.length;
  return [
    `### Stack \`${stack}\``,
    "",
    `\`stagewright up\` of ${commit.slice(0, 12)} would change: **${summary}**; ${run.changes["same"] ?? 0} resources are as declared.`,
    ...(shown.length > 0 ? ["", "| | kind | name |", "|---|---|---|", ...shown.map(row)] : []),
    ...(more > 0 ? ["", `… and ${more} more; the job's log has them all.`] : []),
    "",
  ].join("\n");
}

function row({ op, kind, name }: PlannedStep): string {
  return `| ${cell(op)} | ${cell(kind)} | ${cell(name)} |`;
}

/** A name of somebody's making must not end the table, mention a person or become a link. */
function cell(text: string): string {
  return `\`${text.replaceAll(/[`|\s]+/g, " ").trim()}\``;
}

/** The merge request that a pipeline of GitLab runs for; `undefined` anywhere else. */
export function mergeRequestOf(
  variables: Readonly<Record<string, string | undefined>>,
): MergeRequest | undefined {
  const [api, project, number] = ["CI_API_V4_URL", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID"].map(
    (name) => variables[name],
  );
  if (!api || !project || !number) return undefined;
  const token = variables[TOKEN];
  if (!token) {
    throw new ReleaseError(
      "usage",
      `${TOKEN} is not set, so no comment can be written; make a project access token with scope api and role ` +
        `Reporter, and set it as a masked CI/CD variable of that name`,
    );
  }
  return { api, project, number, token };
}

/** Writes the comment of a stack, or changes the one that is there. */
export async function writeComment(
  mergeRequest: MergeRequest,
  stack: string,
  text: string,
  wait?: Sleep,
): Promise<"written" | "changed" | "unchanged"> {
  try {
    return await upsertNote(mergeRequest, `<!-- stagewright preview ${stack} -->`, text, wait);
  } catch (error) {
    if (!(error instanceof GitLabError)) throw error;
    throw new ReleaseError("failed", `the comment was not written: ${error.message}${advice(error.status)}`);
  }
}

const ADVICE: Readonly<Record<number, string>> = {
  401: `${TOKEN} is wrong or has expired; make a new project access token with scope api`,
  403: `the token may not write notes: it needs scope api and role Reporter; the job's own token never may`,
  404: `the token does not see the project or merge request: it must be of this project, with role Reporter`,
};

function advice(status: number): string {
  return Object.hasOwn(ADVICE, status) ? `\n${ADVICE[status]}` : "";
}
