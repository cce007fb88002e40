import type { Kubectl } from "../adapters/kubectl";
import { describeMistakes, initCommand, type Mistake } from "../environments/mistakes";
import { readProject } from "../environments/project";
import { readReleased, type Released, withReleasedImage } from "../environments/released";
import { type ResolvedStack, resolveStack } from "../environments/resolve";
import { findPlainSecrets, ownValues, readStackFile, withoutSecrets } from "../environments/stack-file";
import { ReleaseError } from "./errors";

/** A stack as its file declares it, checked without an engine and without decrypting anything. */
export interface DeclaredStack {
  readonly directory: string;
  readonly name: string;
  readonly settings: ResolvedStack;
  readonly secretsProvider: string;
  /** kubectl for the cluster that the stack belongs to. */
  readonly client: Kubectl;
}

/** Reads and checks a stack's file. */
export function readStack(
  directory: string,
  name: string,
  released: Released = readReleased(),
): DeclaredStack {
  const file = readStackFile(directory, name);
  if (file === undefined) {
    throw new ReleaseError(
      "usage",
      `there is no Pulumi.${name}.yaml here, so stack ${name} is not declared; copy the one it is to resemble: ` +
        `cp Pulumi.test.yaml Pulumi.${name}.yaml`,
    );
  }
  const project = readProject(directory).name;
  const plain = findPlainSecrets(file.config, project);
  const resolution = resolveStack(
    name,
    withReleasedImage(ownValues(withoutSecrets(file.config) as Record<string, unknown>, project), released),
    plain,
  );
  if ("mistakes" in resolution) {
    const { message } = mistaken(name, resolution.mistakes);
    const first = `before anything can be set, make the stack: ${initCommand(name, file.secretsProvider)}`;
    throw new ReleaseError("usage", file.initialised ? message : `${message}\n\n${first}`);
  }
  const { context } = resolution.stack.kubernetes;
  return {
    directory,
    name,
    settings: resolution.stack,
    secretsProvider: file.secretsProvider,
    client: context === undefined ? {} : { context },
  };
}

/** Stands for the digest that a promotion brought, which no stack file names. */
const PROMOTED = `sha256:${"0".repeat(64)}`;

/** Reads a stack's file for a look at what runs: where the image comes from does not matter there. */
export function readRunningStack(directory: string, name: string): DeclaredStack {
  return readStack(directory, name, { digest: PROMOTED });
}

/** Mistakes in a stack's configuration as an error. */
export function mistaken(stack: string, mistakes: readonly Mistake[]): ReleaseError {
  return new ReleaseError("usage", describeMistakes(stack, mistakes));
}
