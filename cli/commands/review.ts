import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCommit } from "../../environments/commit";
import { REPORTS } from "../../release/analysis/analyser";
import { listReviews, reviewDown, reviewPrune, reviewUp } from "../../release/review";
import { reviewStackOf } from "../../release/review-name";
import { chooseBranch } from "../branch";
import { changeLines } from "../changes";
import { confirm } from "../confirm";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** A stack of its own for a branch: makes it, removes it, lists those there are. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  chooseBranch(values);
  if (values["action"] === "list") return list(output);
  if (values["action"] === "prune") return prune(Boolean(values["yes"]), output);
  const { branch } = readCommit(process.cwd());
  const stack = reviewStackOf(branch, process.env["CI_DEFAULT_BRANCH"]);
  const yes = Boolean(values["yes"]);
  return values["action"] === "up" ? up(branch, stack, yes, output) : down(branch, stack, yes, output);
}

async function up(branch: string, stack: string, yes: boolean, output: Output): Promise<ExitCode> {
  await confirm(`Deploy ${branch} to stack ${stack}?`, yes, output);
  const { changes, outputs } = await reviewUp(process.cwd(), stack, output);
  const url = typeof outputs["url"] === "string" ? outputs["url"] : "";
  // GitLab reads the address of the environment from it.
  mkdirSync(join(process.cwd(), REPORTS), { recursive: true });
  writeFileSync(join(process.cwd(), REPORTS, "review.env"), `REVIEW_STACK=${stack}\nREVIEW_URL=${url}\n`);
  output.result({ branch, stack, changes, url, outputs }, [...changeLines("changed", changes), url]);
  return ExitCode.Done;
}

async function down(branch: string, stack: string, yes: boolean, output: Output): Promise<ExitCode> {
  await confirm(`Destroy stack ${stack} of ${branch} with all its data?`, yes, output);
  const removed = await reviewDown(process.cwd(), stack, output);
  output.result({ branch, stack, removed }, [removed ? `${stack} is gone` : `there is no ${stack}`]);
  return ExitCode.Done;
}

async function prune(yes: boolean, output: Output): Promise<ExitCode> {
  await confirm("Destroy the review apps of merged and removed branches with all their data?", yes, output);
  const removed = await reviewPrune(process.cwd(), output);
  const lines = removed.map((stack) => `${stack} is gone`);
  output.result({ removed }, lines.length === 0 ? ["every review app is of an open branch"] : lines);
  return ExitCode.Done;
}

async function list(output: Output): Promise<ExitCode> {
  const reviews = await listReviews(process.cwd());
  const width = Math.max(...reviews.map(({ stack }) => stack.length), 0);
  const lines = reviews.map(
    ({ stack, updated = "never", resources }) => `${stack.padEnd(width)}  ${updated}  ${resources} resources`,
  );
  output.result({ reviews }, reviews.length === 0 ? ["there is no review app"] : lines);
  return ExitCode.Done;
}
