import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { semverProblem } from "./version";

/** A Pulumi project on disk. */
export interface Project {
  readonly name: string;
  /** The program's file, relative to the project. */
  readonly main: string;
}

/** Reads `Pulumi.yaml`. */
export function readProject(directory: string): Project {
  const content = parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as Partial<Project>;
  return { name: content.name ?? "stagewright", main: content.main ?? "index.ts" };
}

/** The semantic version in the project's `package.json`. */
export function packageVersion(directory: string): string {
  const content = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { version?: string };
  return content.version ?? "0.0.0";
}

/** What keeps the project's version from being part of a version, with the command that mends it. */
export function packageVersionProblem(directory: string): string | undefined {
  const problem = semverProblem(packageVersion(directory));
  return problem === undefined ? undefined : `package.json: ${problem}: npm pkg set version=1.2.3`;
}
