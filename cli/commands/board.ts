import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readProject } from "../../environments/project";
import { renderBoard } from "../../release/board";
import { boardViews } from "../../release/board/views";
import { isVerified } from "../../release/status";
import { readOverview } from "../../release/watched";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import { chooseStacks } from "../stacks";
import type { Values } from "../values";

/** Writes the release board. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const directory = process.cwd();
  const overview = await readOverview(directory, chooseStacks(values, output), output);
  const views = await boardViews(overview, values["drift"] === true, output);
  const { at, records, statuses } = overview;
  const file = String(values["out"]);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, renderBoard({ project: readProject(directory).name, at, views, records }));
  const verified = statuses.filter(isVerified).length;
  output.result({ file, stacks: statuses.map(({ stack }) => stack), verified }, [
    `${file}: ${verified} of ${statuses.length} stacks are as recorded`,
  ]);
  return ExitCode.Done;
}
