import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRepository } from "../../adapters/git";
import { readCommit } from "../../environments/commit";
import { REPORTS } from "../../release/analysis/analyser";
import { mergeRequestOf, previewText, writeComment } from "../../release/comment";
import { plan } from "../../release/deploy";
import type { EngineRun } from "../../release/engine-run";
import { withReleased } from "../../release/deploy-image";
import { prepare } from "../../release/prepare";
import { readRecordedImage } from "../../release/recorded-image";
import { readStack } from "../../release/stack";
import { chooseBranch } from "../branch";
import { changeLines } from "../changes";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Shows what `up` would change. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  chooseBranch(values);
  const directory = process.cwd();
  const name = String(values["stack"]);
  const commented = values["comment"] ? mergeRequestOf(process.env) : undefined;
  const planned = await withReleased(await readRecordedImage(directory, name, output), async () => {
    const stack = readStack(directory, name);
    return plan(await prepare(stack, output), stack, output);
  });
  const { changes, steps } = planned;
  const comment = values["comment"] ? await say(name, planned, commented) : undefined;
  output.result({ stack: name, changes, steps, ...(comment ? { comment } : {}) }, [
    ...changeLines("would change", changes),
    ...(comment ? [`the comment is ${comment}`] : []),
  ]);
  return ExitCode.Done;
}

async function say(
  stack: string,
  planned: EngineRun,
  mergeRequest: ReturnType<typeof mergeRequestOf>,
): Promise<string> {
  const folder = (await openRepository(process.cwd()))?.folder;
  // Projects in one repository have merge requests in common, and stacks of the same name.
  const title = folder === undefined ? stack : `${folder} ${stack}`;
  const text = previewText(title, readCommit(process.cwd()).hash, planned);
  mkdirSync(join(process.cwd(), REPORTS), { recursive: true });
  writeFileSync(join(process.cwd(), REPORTS, "preview.md"), text);
  const file = `in ${REPORTS}/preview.md`;
  return mergeRequest ? `${await writeComment(mergeRequest, title, text)} at GitLab, and ${file}` : file;
}
