import { readCommit } from "../environments/commit";
import type { Course } from "./course";
import type { Deployed } from "./deploy-image";
import { ReleaseError } from "./errors";
import { endCourse, proveStep, tagGitStep, tagImageStep } from "./prove";
import { type Brought, brought, deployStep, inBuildingStack, type ReleaseRequest } from "./release";
import { inRepository } from "./repository";
import { findRun } from "./run-state";
import { signStep } from "./sign-step";

// A release in single commands, for pipelines that show each stage as a job of its own. The journal holds them together:
// each takes the lock, goes on where the one before stopped, and gives the lock back.

/** Builds the current commit's image and deploys it, and leaves it to be proved. */
export function deployStage(request: ReleaseRequest): Promise<Deployed> {
  return inBuildingStack(request, "deploy", async (course) => {
    const deployed = await deployStep(course);
    await course.run.leave();
    return deployed;
  });
}

/** Proves what {@link deployStage} deployed. */
export function smokeStage(request: ReleaseRequest): Promise<Deployed> {
  return afterStages(request, "smoke", ["deploy"], async (course, deployed) => {
    await proveStep(course, deployed);
    await course.run.leave();
    return deployed;
  });
}

/** Signs what was proved, and names it in the registry. */
export function tagImageStage(request: ReleaseRequest): Promise<Deployed> {
  return afterStages(request, "tag-image", ["deploy", "smoke"], async (course, deployed) => {
    await signStep(course, deployed);
    await tagImageStep(course, deployed);
    await course.run.leave();
    return deployed;
  });
}

/** Names the commit of what was proved, and records the deployment. */
export function tagGitStage(request: ReleaseRequest): Promise<Brought> {
  return afterStages(request, "tag-git", ["deploy", "smoke", "tag-image"], async (course, deployed) => {
    await tagGitStep(course, deployed);
    return brought(await endCourse(course, deployed), deployed);
  });
}

/** Whether the current commit is on its way to a stack: deployed, and not recorded yet. */
export async function isUnderWay(directory: string, stack: string): Promise<boolean> {
  if (!readCommit(directory).known) return false;
  const found = await inRepository(directory, (repository) => findRun(repository, stack));
  const state = found?.state;
  if (state?.operation !== "deploy" || !state.done.some(({ name }) => name === "deploy")) return false;
  return state.commit === readCommit(directory).hash;
}

function afterStages<T>(
  request: ReleaseRequest,
  command: string,
  required: readonly string[],
  work: (course: Course, deployed: Deployed) => Promise<T>,
): Promise<T> {
  return inBuildingStack(request, command, async (course) => {
    // All of them first: a stage that is called too early is no deployment that failed.
    for (const stage of required) requireStage(course, stage);
    return work(course, await deployStep(course));
  });
}

function requireStage({ run, errand }: Course, stage: string): void {
  if (run.resumed.includes(stage)) return;
  throw new ReleaseError(
    "usage",
    `commit ${errand.commit.slice(0, 12)} did not pass ${stage} in stack ${errand.stack} yet: ` +
      `stagewright ${stage} --stack ${errand.stack}`,
  );
}
