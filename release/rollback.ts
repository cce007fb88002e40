import { readActor } from "./actor";
import { type Course, course } from "./course";
import { deployImage, readReleasedStack } from "./deploy-image";
import { type Errand, recordOf } from "./errand";
import { ReleaseError } from "./errors";
import { previousGood, readLedger } from "./ledger";
import type { Progress } from "./progress";
import { smokeStack, tagImageStep } from "./prove";
import type { DeploymentRecord } from "./records";
import { type Brought, brought } from "./release";

/** A stack that is to go back to an image that was good. */
export interface RollbackRequest {
  readonly directory: string;
  readonly stack: string;
  /** Version to go back to; the last good one without it. */
  readonly version?: string;
  /** Why, for those who read the record. */
  readonly reason?: string;
  readonly address?: string;
  readonly takeOver: boolean;
  readonly progress: Progress;
}

/**
 * Takes a stack back to its last good image, proves it, and records that the other one was left: it is held, and not
 * promoted until somebody means it. The configuration stays the current one, and so does the database's schema.
 */
export async function rollback(request: RollbackRequest): Promise<Brought> {
  const { directory, stack: name, progress, takeOver } = request;
  const records = await readLedger(directory, progress);
  const left = records.findLast((record) => record.stack === name);
  const target = targetOf(request, records, left);
  const { commit, version, digest, environment } = target;
  const errand: Errand = {
    directory,
    operation: "rollback",
    stack: name,
    environment,
    commit,
    version,
    digest,
    actor: readActor(),
    command: `stagewright rollback --stack ${name} --version ${version}`,
    progress,
    ...(request.address ? { address: request.address } : {}),
  };
  const stack = await readReleasedStack(directory, name, { digest });
  return course({ errand, stack, before: left, takeOver }, (course) => goBack(course, request.reason));
}

async function goBack(course: Course, reason: string | undefined): Promise<Brought> {
  const { errand, run, stack, before, step } = course;
  const { directory, commit, version, digest = "", progress } = errand;
  const deployed = await step("deploy", () =>
    deployImage(directory, stack.name, { digest, commit, version }, progress),
  );
  await step("smoke", async () => {
    const { failures } = await smokeStack(stack, deployed.url, errand);
    if (failures.length > 0) {
      throw new ReleaseError("failed", `${version} fails its smoke test too: ${failures.join("; ")}`);
    }
  });
  await tagImageStep(course, deployed);
  const record = recordOf(errand, run.began, deployed, {
    result: "succeeded",
    ...(before && before.digest !== digest ? { replaces: before.digest } : {}),
    ...(reason ? { reason } : {}),
  });
  await run.finish(record);
  return brought(record, deployed);
}

function targetOf(
  { stack, version }: RollbackRequest,
  records: readonly DeploymentRecord[],
  left: DeploymentRecord | undefined,
): DeploymentRecord {
  if (left === undefined) {
    throw new ReleaseError("usage", `nothing was ever released to stack ${stack}: stagewright status`);
  }
  const good = records.filter((record) => record.stack === stack && record.result === "succeeded");
  const target =
    version === undefined
      ? previousGood(records, stack, left.digest)
      : good.findLast((record) => record.version === version);
  if (target !== undefined) return target;
  const known = [...new Set(good.map((record) => record.version))].slice(-5).toReversed();
  throw new ReleaseError(
    "usage",
    version === undefined
      ? `stack ${stack} has no good image but ${left.version}, which it runs, so there is none to go back to`
      : `${version} was never good in stack ${stack}; it had ${known.join(", ") || "none"}`,
  );
}
