import { readOrigin } from "../environments/commit";
import type { Course } from "./course";
import type { Deployed } from "./deploy-image";
import { ReleaseError } from "./errors";
import { builderOf } from "./provenance";
import type { Signing } from "./sign";
import { signRelease } from "./sign-release";
import type { DeclaredStack } from "./stack";

/** Signs the proved image where the stack says by whom, and attaches what it is made of and how it came to be. */
export async function signStep(
  { errand, stack, step }: Course,
  { repository, digest }: Deployed,
): Promise<void> {
  const signing = signingOf(stack);
  const built = stack.settings.image.build;
  if (signing === undefined || built === undefined) return;
  const { directory, commit, progress } = errand;
  const { context, dockerfile = `${built.context}/Dockerfile` } = built;
  await step("sign", () =>
    signRelease({
      digest,
      created: readOrigin(directory, context).created,
      build: { commit, repository, context, dockerfile, ...builderOf(process.env) },
      signing: withPrivateKey(signing),
      progress,
    }),
  );
}

/** Who must have signed the images of a stack; `undefined` where nobody must. */
export function signingOf({ name, settings }: DeclaredStack): Signing | undefined {
  const { key, identity, issuer } = settings.release.signing ?? {};
  if (key !== undefined) return { key };
  if (identity !== undefined && issuer !== undefined) return { identity, issuer };
  if (!settings.release.signatureRequired) return undefined;
  throw new ReleaseError(
    "usage",
    `stack ${name} takes only signed images, and does not say whose signature counts: ` +
      `pulumi config set --stack ${name} --path release.signing.key cosign.pub`,
  );
}

/** Pipelines keep the private key apart from the public one that the stack names. */
function withPrivateKey(signing: Signing): Signing {
  const key = process.env["STAGEWRIGHT_SIGNING_KEY"];
  return "key" in signing && key ? { key } : signing;
}
