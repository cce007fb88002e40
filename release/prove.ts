import { join } from "node:path";
import { findEngine } from "../adapters/engine";
import type { Course } from "./course";
import type { Deployed } from "./deploy-image";
import { type Errand, recordOf } from "./errand";
import { ReleaseError } from "./errors";
import { fallBack } from "./fall-back";
import { proveBackup } from "./prove-backup";
import type { DeploymentRecord } from "./records";
import { SMOKE_SECONDS, smoke, type SmokeResult } from "./smoke";
import { readStackImage } from "./stack-image";
import type { DeclaredStack } from "./stack";
import { tagGit } from "./tag-git";
import { tagImage } from "./tag-image";

/** Keeps the record of a failed smoke test until the stack has gone back, however often that is interrupted. */
const SMOKE_FAILED = "smoke-failed";

/**
 * Makes sure that the database is backed up, where that is declared, asks the deployed application, and lets it stand
 * only when it answers as it must.
 *
 * @throws ReleaseError when it does not; where the stack is to go back by itself, it has then gone back.
 */
export async function proveStep(course: Course, deployed: Deployed): Promise<void> {
  const { errand, run, stack, before } = course;
  let failures: readonly string[] = [];
  const goBack = async () => {
    const failed = await run.step(SMOKE_FAILED, async () => failureOf(course, deployed, failures));
    return fallBack(course, failed);
  };
  if (run.resumed.includes(SMOKE_FAILED)) throw await goBack();
  await backupStep(course, deployed);
  await course
    .step("smoke", async () => {
      const result = await smokeStack(stack, deployed, errand);
      failures = result.failures;
      if (!result.ok) throw smokeFailed(course, deployed, failures);
      return result.checks.length;
    })
    .catch(async (error: unknown) => {
      const goesBack = stack.settings.release.rollback === "automatic" && before?.digest !== deployed.digest;
      if (failures.length === 0 || before === undefined || !goesBack) throw error;
      throw await goBack();
    });
}

/** As `up` does: what the new image writes must be archived. Going back asks nothing, as it makes nothing worse. */
async function backupStep({ errand, stack, step }: Course, { databaseCluster }: Deployed): Promise<void> {
  if (stack.settings.archive === undefined || databaseCluster === undefined) return;
  await step("backup", async () => {
    const health = await proveBackup(stack, databaseCluster, errand.progress);
    return health?.state;
  });
}

function failureOf(
  { errand, run, before }: Course,
  deployed: Deployed,
  failures: readonly string[],
): DeploymentRecord {
  const replaces = before ? { replaces: before.digest } : {};
  const ending = { result: "failed", failedStep: "smoke", reason: failures.join("; "), ...replaces } as const;
  return recordOf(errand, run.began, deployed, ending);
}

/**
 * Runs the smoke test of a stack against its real route.
 *
 * @throws ReleaseError when it passes, and another image was deployed meanwhile.
 */
export async function smokeStack(
  stack: DeclaredStack,
  { url, digest }: Deployed,
  errand: Pick<Errand, "address" | "command" | "progress">,
): Promise<SmokeResult> {
  const { address, progress } = errand;
  if (url === undefined) {
    throw new ReleaseError(
      "usage",
      `stack ${stack.name} has no route, so its application cannot be asked; give it one: ` +
        `pulumi config set --stack ${stack.name} --path gateway.name public`,
    );
  }
  const { checks, command, directory = "." } = stack.settings.release.smoke;
  const result = await smoke({
    checks,
    ...(command ? { command, directory: join(stack.directory, directory) } : {}),
    url,
    ...(address ? { address } : {}),
    progress,
    timeoutSeconds: SMOKE_SECONDS,
  });
  if (result.ok) await guardImage(stack, digest, errand.command);
  return result;
}

/** The engine lets others deploy between two steps, such as somebody's `pulumi up`. */
async function guardImage(
  { directory, name }: DeclaredStack,
  digest: string,
  command: string,
): Promise<void> {
  const now = await readStackImage(findEngine(directory), name);
  if (now.digest === digest) return;
  throw new ReleaseError(
    "failed",
    `stack ${name} was deployed with ${now.digest} by somebody else meanwhile, so the smoke test says nothing of ` +
      `${digest}, which is not tagged\nto begin anew: stagewright unlock --stack ${name} && ${command}`,
  );
}

function smokeFailed(
  { errand, before }: Course,
  deployed: Deployed,
  failures: readonly string[],
): ReleaseError {
  const { stack, version } = errand;
  const advice =
    before === undefined
      ? "there is no earlier image to go back to"
      : before.digest === deployed.digest
        ? "the image is the one that ran before, so going back to it would mend nothing"
        : `to go back to ${before.version}: stagewright rollback --stack ${stack}`;
  return new ReleaseError(
    "failed",
    [
      `smoke test failed: ${failures.join("; ")}`,
      `${version} is deployed to stack ${stack}, and is not tagged`,
      advice,
    ].join("\n"),
  );
}

/** Gives the proved image its names, in the registry and in git. */
export async function tagSteps(course: Course, deployed: Deployed): Promise<void> {
  await tagImageStep(course, deployed);
  await tagGitStep(course, deployed);
}

/** Names the proved image by its version and its stack. */
export async function tagImageStep(
  { errand, step }: Course,
  { repository, digest }: Deployed,
): Promise<void> {
  const { version, stack, progress } = errand;
  await step("tag-image", () => tagImage({ repository, digest, version, stack, progress }));
}

/** Tags the commit that the proved image belongs to. */
export async function tagGitStep({ errand, step }: Course, { repository, digest }: Deployed): Promise<void> {
  const { directory, version, stack, commit } = errand;
  const image = `${repository}@${digest}`;
  await step("tag-git", () =>
    tagGit(directory, { version, stack, digest, image, time: new Date().toISOString(), commit }),
  );
}

/** Records that the errand succeeded, and gives the lock back. */
export async function endCourse(
  { errand, run, before }: Course,
  deployed: Deployed,
): Promise<DeploymentRecord> {
  const replaces = before && before.digest !== deployed.digest ? { replaces: before.digest } : {};
  return run.finish(recordOf(errand, run.began, deployed, { result: "succeeded", ...replaces }));
}
