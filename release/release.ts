import { readActor } from "./actor";
import { type Analysis, analyse } from "./analyse";
import { type Course, course } from "./course";
import { deployImage, type Deployed } from "./deploy-image";
import type { Errand } from "./errand";
import { ReleaseError } from "./errors";
import { lastGood, latestOf, readLedger } from "./ledger";
import type { Progress } from "./progress";
import { endCourse, proveStep, tagSteps } from "./prove";
import type { DeploymentRecord } from "./records";
import { signStep } from "./sign-step";
import { guardSource, releaseSource } from "./source";
import { type DeclaredStack, readStack } from "./stack";

/** A commit that is to be built and proved. */
export interface ReleaseRequest {
  readonly directory: string;
  readonly stack: string;
  readonly branch?: string;
  /** Where the route is connected to, when its name does not lead there. */
  readonly address?: string;
  /** Take over a run that was interrupted on another machine. */
  readonly takeOver: boolean;
  readonly progress: Progress;
}

/** How a release, a promotion or a rollback ended. */
export interface Brought {
  readonly record: DeploymentRecord;
  readonly url?: string;
}

/**
 * Brings the current commit to the stack that builds images: analyse, deploy, smoke, sign, tag the image, tag git.
 * After a failure or an interruption it goes on with the step that is missing.
 */
export async function release(request: ReleaseRequest): Promise<Brought> {
  return inBuildingStack(request, "release", async (course) => {
    const { directory, progress } = request;
    await course.step("analyse", async () => requireSound(await analyse(directory, progress)));
    const deployed = await deployStep(course);
    await proveStep(course, deployed);
    await signStep(course, deployed);
    await tagSteps(course, deployed);
    return brought(await endCourse(course, deployed), deployed);
  });
}

/** Takes the lock of the stack that builds the current commit, and works there. */
export async function inBuildingStack<T>(
  request: ReleaseRequest,
  command: string,
  work: (course: Course) => Promise<T>,
): Promise<T> {
  const { directory, branch, progress, takeOver, address } = request;
  const stack = readStack(directory, request.stack);
  requireBuilding(stack);
  const records = await readLedger(directory, progress);
  const { hash: commit, version } = await releaseSource(directory, records, branch);
  const errand: Errand = {
    directory,
    operation: "deploy",
    stack: stack.name,
    environment: stack.settings.definition.name,
    commit,
    version,
    actor: readActor(),
    command: `stagewright ${command} --stack ${stack.name}`,
    progress,
    ...(address ? { address } : {}),
  };
  const before = lastGood(records, stack.name);
  return course({ errand, stack, before, latest: latestOf(records, stack.name), takeOver }, work);
}

/** Builds the current commit's image, deploys it and waits until it serves. */
export function deployStep({ errand, step }: Course): Promise<Deployed> {
  const { directory, stack, commit, version, progress } = errand;
  return step("deploy", async () => {
    guardSource(directory, stack, commit);
    const deployed = await deployImage(directory, stack, { version }, progress);
    guardSource(directory, stack, commit);
    return deployed;
  });
}

/** What a command gives out of a record. */
export function brought(record: DeploymentRecord, { url }: Deployed): Brought {
  return { record, ...(url ? { url } : {}) };
}

function requireBuilding({ name, settings }: DeclaredStack): void {
  if (settings.image.build !== undefined) return;
  const { from } = settings.release;
  throw new ReleaseError(
    "usage",
    `stack ${name} builds no image, it takes what an earlier stack proved: ` +
      `stagewright promote --from ${from ?? "STACK"} --to ${name}`,
  );
}

function requireSound({ ran, notRun }: Analysis): { analysers: number } {
  const bad = ran.filter(({ errors }) => errors > 0);
  if (bad.length > 0) {
    const lines = bad.map(({ analyser, found }) => `  ${analyser}: ${found}`);
    throw new ReleaseError("failed", ["the analysis found errors:", ...lines, "see reports/"].join("\n"));
  }
  const lacks = notRun.flatMap((each) =>
    each.lacks.map(({ tool, how }) => `  ${each.analyser}: ${tool}: ${how}`),
  );
  if (lacks.length > 0) throw new ReleaseError("part missing", ["the analysis lacks:", ...lacks].join("\n"));
  return { analysers: ran.length };
}
