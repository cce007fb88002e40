import { readActor } from "./actor";
import { copyImage } from "./copy-image";
import { type Course, course } from "./course";
import { deployImage, type Deployed, readReleasedStack } from "./deploy-image";
import { passDrill } from "./drill-gate";
import type { Errand } from "./errand";
import { ReleaseError } from "./errors";
import { pass } from "./gate";
import { lastGood, latestOf, readLedger } from "./ledger";
import type { Progress } from "./progress";
import { endCourse, proveStep, tagSteps } from "./prove";
import type { DeploymentRecord } from "./records";
import { type Brought, brought } from "./release";
import { verifySignature } from "./sign";
import { signingOf } from "./sign-step";
import { releaseSource } from "./source";
import type { DeclaredStack } from "./stack";

/** An image that is to go from one stack to the next. */
export interface PromotionRequest {
  readonly directory: string;
  readonly from?: string;
  readonly to: string;
  readonly despiteHold: boolean;
  readonly address?: string;
  readonly takeOver: boolean;
  readonly progress: Progress;
}

/** Stands for the digest while it is not known; a stack's other settings do not depend on it. */
const SOME_DIGEST = `sha256:${"0".repeat(64)}`;

/**
 * Brings the image that a stack proved for the current commit to the next stack, byte for byte: copy with signatures and
 * SBOM, verify there, deploy by digest, smoke, and only then tag. After an interruption it goes on where it was.
 */
export async function promote(request: PromotionRequest): Promise<Brought> {
  const { directory, to, progress, takeOver, despiteHold } = request;
  const { settings } = await readReleasedStack(directory, to, { digest: SOME_DIGEST });
  const from = upstreamOf(request, settings.release.from);
  const records = await readLedger(directory, progress);
  const { hash: commit } = await releaseSource(directory, records);
  const { soakMinutes } = settings.release;
  const proved = pass(records, { from, to, commit, soakMinutes, despiteHold });
  const errand = errandOf(request, from, proved, settings.definition.name);
  const stack = await readReleasedStack(directory, to, { digest: proved.digest });
  await passDrill(stack);
  const signing = signingOf(stack);
  const start = { errand, stack, before: lastGood(records, to), latest: latestOf(records, to), takeOver };
  return course(start, async (course) => {
    const { repository } = stack.settings.image;
    const image = `${repository}@${proved.digest}`;
    await copyStep(course, proved, stack);
    if (signing) await course.step("verify-signature", () => verifySignature(image, signing));
    const deployed = await deployStep(course);
    await proveStep(course, deployed);
    await tagSteps(course, deployed);
    return brought(await endCourse(course, deployed), deployed);
  });
}

function upstreamOf({ from, to }: PromotionRequest, declared: string | undefined): string {
  if (declared === undefined) {
    throw new ReleaseError(
      "usage",
      `stack ${to} builds its own image, so nothing is promoted to it: stagewright release --stack ${to}`,
    );
  }
  if (from === undefined || from === declared) return declared;
  throw new ReleaseError(
    "usage",
    `stack ${to} takes images from ${declared}, not from ${from}: stagewright promote --from ${declared} --to ${to}; ` +
      `to change that: pulumi config set --stack ${to} --path release.from ${from}`,
  );
}

function errandOf(
  { directory, to, address, progress, despiteHold }: PromotionRequest,
  from: string,
  { commit, version, digest }: DeploymentRecord,
  environment: string,
): Errand {
  return {
    directory,
    operation: "promote",
    stack: to,
    environment,
    commit,
    version,
    digest,
    actor: readActor(),
    command: `stagewright promote --from ${from} --to ${to}${despiteHold ? " --despite-hold" : ""}`,
    progress,
    ...(address ? { address } : {}),
  };
}

async function copyStep(
  { errand, step }: Course,
  proved: DeploymentRecord,
  stack: DeclaredStack,
): Promise<void> {
  const { repository: to } = stack.settings.image;
  const { digest, repository: from } = proved;
  await step("copy", async () => {
    const { moved, referrers } = await copyImage({ from, digest, to, progress: errand.progress });
    return { moved, referrers: referrers.length };
  });
}

function deployStep({ errand, step }: Course): Promise<Deployed> {
  const { directory, stack, commit, version, digest = "", progress } = errand;
  return step("deploy", () => deployImage(directory, stack, { digest, commit, version }, progress));
}
