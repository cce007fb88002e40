import { type Course, FellBack } from "./course";
import { deployImage } from "./deploy-image";
import { type Errand, recordOf } from "./errand";
import { ReleaseError } from "./errors";
import { appendRecord } from "./ledger";
import { smokeStack } from "./prove";
import type { DeploymentRecord } from "./records";
import { tagImage } from "./tag-image";

/**
 * Takes a stack back to its last good image within the run that failed, so that nobody else comes in between, and
 * records both, the failure as it is given. Gives the error that tells what happened.
 */
export async function fallBack(
  { errand, run, stack, before, step }: Course,
  failed: DeploymentRecord,
): Promise<ReleaseError> {
  if (before === undefined) throw new ReleaseError("failed", `stack ${stack.name} has nothing to go back to`);
  const { directory, progress } = errand;
  const { digest, version, commit } = before;
  const { reason = "" } = failed;
  progress.warn(`the smoke test failed, so stack ${stack.name} goes back to ${version}: ${reason}`);
  await step("record-failure", () => appendRecord(directory, failed));
  const restored = await step("rollback-deploy", () =>
    deployImage(directory, stack.name, { digest, version, commit }, progress),
  );
  await step("rollback-smoke", async () => {
    const { failures: left } = await smokeStack(stack, restored, errand);
    if (left.length > 0) throw stillBroken(errand, version, left);
  });
  const { repository } = restored;
  await step("rollback-tag-image", () =>
    tagImage({ repository, digest, version, stack: stack.name, progress }),
  );
  const back: Errand = { ...errand, operation: "rollback", commit, version, digest };
  await run.finish(
    recordOf(back, run.began, restored, { result: "succeeded", replaces: failed.digest, reason }),
  );
  return new FellBack(
    "failed",
    `smoke test failed: ${reason}\n` +
      `stack ${stack.name} is back at ${version}; ${errand.version} is not tagged, and held until it is meant`,
  );
}

function stillBroken({ stack, version }: Errand, back: string, failures: readonly string[]): ReleaseError {
  return new ReleaseError(
    "failed",
    [
      `${version} failed its smoke test, and ${back}, which stack ${stack} went back to, fails it too:`,
      ...failures.map((failure) => `  ${failure}`),
      `look at what is wrong with the stack itself: stagewright status --stacks ${stack}`,
    ].join("\n"),
  );
}
