import { readActor } from "./actor";
import { type Course, course } from "./course";
import { deployImage, readReleasedStack } from "./deploy-image";
import { type Errand, recordOf } from "./errand";
import { ReleaseError } from "./errors";
import { latestOf, previousGood, readLedger } from "./ledger";
import type { Progress } from "./progress";
import { smokeStack, tagImageStep } from "./prove";
import type { DeploymentRecord } from "./records";
import { type Brought, brought } from "./release";
import { inRepository } from "./repository";
import { findRun } from "./run-state";

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
  // A rollback that failed did not leave anything yet: the next one leaves what that one was to leave.
  const left = records.findLast(
    ({ stack, operation, result }) => stack === name && !(operation === "rollback" && result === "failed"),
  );
  const version = request.version ?? (await underWay(directory, name));
  const target = targetOf(name, version, records, left);
  const { commit, digest, environment } = target;
  const errand: Errand = {
    directory,
    operation: "rollback",
    stack: name,
    environment,
    commit,
    version: target.version,
    digest,
    actor: readActor(),
    command: `stagewright rollback --stack ${name} --version ${target.version}`,
    progress,
    ...(request.address ? { address: request.address } : {}),
  };
  const stack = await readReleasedStack(directory, name, { digest });
  const start = { errand, stack, before: left, latest: latestOf(records, name), takeOver };
  return course(start, (course) => goBack(course, request.reason));
}

async function goBack(course: Course, reason: string | undefined): Promise<Brought> {
  const { errand, run, stack, before, step } = course;
  const { directory, commit, version, digest = "", progress } = errand;
  const deployed = await step("deploy", () =>
    deployImage(directory, stack.name, { digest, commit, version }, progress),
  );
  await step("smoke", async () => {
    const { failures } = await smokeStack(stack, deployed, errand);
    if (failures.length > 0) {
      throw new ReleaseError("failed", `${version} fails its smoke test too: ${failures.join("; ")}`);
    }
  });
  await tagImageStep(course, deployed);
  const ending = {
    result: "succeeded",
    ...(before && before.digest !== digest ? { replaces: before.digest } : {}),
    ...(reason ? { reason } : {}),
  } as const;
  return brought(await run.finish(recordOf(errand, run.began, deployed, ending)), deployed);
}

/**
 * Where a rollback that was interrupted goes. What it goes back to may be recorded already, and the one before that must
 * not become the target.
 */
async function underWay(directory: string, stack: string): Promise<string | undefined> {
  const found = await inRepository(directory, (repository) => findRun(repository, stack));
  return found?.state?.operation === "rollback" ? found.state.version : undefined;
}

function targetOf(
  stack: string,
  version: string | undefined,
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
