import * as pulumi from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime";
import type { ContainerImageArgs } from "../components";
import { type Commit, readCommit, readOrigin, versionOf } from "./commit";
import { wayProblem } from "./database-way";
import type { GrantsSettings } from "./grants-settings";
import { contextProblem } from "./kube-context";
import { describeMistakes, setCommand } from "./mistakes";
import { packageVersion, packageVersionProblem } from "./project";
import { readReleased, withReleasedImage } from "./released";
import { type ResolvedStack, resolveStack } from "./resolve";
import { findPlainSecrets, ownValues, readStackFile } from "./stack-file";

/** Everything the program needs to know of the stack it runs for. */
export interface Environment extends Omit<ResolvedStack, "image" | "secrets"> {
  readonly commit: Commit;
  /** What people call the commit. */
  readonly version: string;
  /** Annotations that lead from a running object back to its commit. */
  readonly traces: Readonly<Record<string, string>>;
  readonly image: ContainerImageArgs;
  /** Values by folder and file. */
  readonly secrets: Readonly<Record<string, pulumi.Output<Record<string, string>>>>;
}

/**
 * Reads and checks the configuration of the stack that runs, and the commit it is run from.
 *
 * @throws RunError with every mistake at once, before anything is registered.
 */
export function loadEnvironment(directory = process.cwd()): Environment {
  const [project, stack] = [pulumi.getProject(), pulumi.getStack()];
  const file = readStackFile(directory, stack);
  const released = readReleased();
  const resolution = resolveStack(
    stack,
    withReleasedImage(configurationOf(project, allConfig()), released),
    file ? findPlainSecrets(file.config, project) : [],
  );
  if ("mistakes" in resolution) throw new pulumi.RunError(describeMistakes(stack, resolution.mistakes));
  const head = readCommit(directory);
  const commit = { ...head, hash: released.commit ?? head.hash };
  guardTree(resolution.stack, commit);
  guardContext(resolution.stack);
  guardWay(resolution.stack);
  if (resolution.stack.definition.guards.backupExpected && resolution.stack.archive === undefined) {
    void pulumi.log.warn(
      `no backup yet: the database of stack ${stack} is replicated, but nothing is archived; ` +
        setCommand(stack, ["database", "backup", "destination"], "s3://BUCKET/PATH"),
    );
  }
  const versionProblem = packageVersionProblem(directory);
  if (versionProblem !== undefined) throw new pulumi.RunError(versionProblem);
  const version = released.version ?? versionOf(commit, packageVersion(directory));
  const { build, ...image } = resolution.stack.image;
  const { grants } = resolution.stack;
  return {
    ...resolution.stack,
    ...(grants ? { grants: sealed(grants) } : {}),
    secrets: Object.fromEntries(
      Object.entries(resolution.stack.secrets).map(([folder, files]) => [
        folder,
        pulumi.secret({ ...files }),
      ]),
    ),
    commit,
    version,
    traces: {
      "stagewright/commit": commit.dirty ? `${commit.hash}-dirty` : commit.hash,
      "stagewright/version": version,
    },
    image: build ? { ...image, build: { ...build, ...readOrigin(directory, build.context) } } : image,
  };
}

/** The project's own keys as structured values; Pulumi hands them over as text. */
function configurationOf(project: string, all: Readonly<Record<string, string>>): Record<string, unknown> {
  const own = ownValues(all, project);
  return Object.fromEntries(Object.entries(own).map(([key, value]) => [key, fromJson(String(value))]));
}

function fromJson(value: string): unknown {
  // Only mappings and lists were written as JSON; `1.10` as a version must stay text.
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function guardTree(stack: ResolvedStack, commit: Commit): void {
  const problem = commit.known
    ? commit.dirty
      ? "there are changes that no commit holds"
      : ""
    : "there is no git checkout here";
  if (problem === "") return;
  const message = `${problem}, so what is deployed cannot be traced to a commit`;
  if (stack.definition.guards.cleanTreeRequired && !pulumi.runtime.isDryRun()) {
    throw new pulumi.RunError(
      `stack ${stack.stack} is refused: ${message}; commit or stash them: git status`,
    );
  }
  void pulumi.log.warn(message);
}

/** A stack belongs to one cluster: with another one in front of the person, nothing is changed. */
function guardContext(stack: ResolvedStack): void {
  if (pulumi.runtime.isDryRun()) return;
  const problem = contextProblem(stack.stack, stack.kubernetes.context);
  if (problem !== undefined) throw new pulumi.RunError(problem);
}

/** What is granted is granted in the database itself, and nothing of plain Pulumi leads there. */
function guardWay(stack: ResolvedStack): void {
  const problem = stack.grants && !pulumi.runtime.isDryRun() ? wayProblem(stack.stack) : undefined;
  if (problem !== undefined) throw new pulumi.RunError(problem);
}

function sealed({ secret, declared }: GrantsSettings): GrantsSettings {
  const { name, password } = declared.administrator;
  return { secret, declared: { ...declared, administrator: { name, password: pulumi.secret(password) } } };
}
