import { findEngine } from "../../adapters/engine";
import { readOrigin } from "../../environments/commit";
import { builderOf } from "../../release/provenance";
import type { Signing } from "../../release/sign";
import { signRelease } from "../../release/sign-release";
import { readStack } from "../../release/stack";
import { readStackImage } from "../../release/stack-image";
import { CliError, ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Signs the image that a stack runs, and attaches its SBOM and provenance. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const signing = readSigning(values);
  const stack = readStack(process.cwd(), String(values["stack"]));
  const built = stack.settings.image.build;
  if (built === undefined) {
    throw new CliError(
      `stack ${stack.name} does not build its image: sign it where it was built: stagewright sign --stack test`,
      ExitCode.Usage,
    );
  }
  const { repository, digest, commit } = await readStackImage(findEngine(stack.directory), stack.name);
  const { context, dockerfile = `${built.context}/Dockerfile` } = built;
  const parts = await signRelease({
    digest,
    created: readOrigin(stack.directory, context).created,
    build: { commit, repository, context, dockerfile, ...builderOf(process.env) },
    signing,
    progress: output,
  });
  output.result({ stack: stack.name, repository, digest, ...parts }, [
    `${repository}@${digest}`,
    ...Object.entries(parts).map(([part, state]) => `  ${part} ${state === "made" ? "made" : "was there"}`),
  ]);
  return ExitCode.Done;
}

function readSigning({ key, identity, issuer }: Values): Signing {
  if (typeof key === "string" && identity === undefined && issuer === undefined) return { key };
  if (key === undefined && typeof identity === "string" && typeof issuer === "string") {
    return { identity, issuer };
  }
  throw new CliError(
    "it is not said who signs: --key FILE-OR-URI, or --identity and --issuer where there is no key",
    ExitCode.Usage,
  );
}
