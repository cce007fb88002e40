import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Folder of the project. */
export const ROOT = join(__dirname, "..");

/** The arguments that the engine gives to Node, from `Pulumi.yaml`. */
export function nodeArguments(): string[] {
  const project = parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8")) as {
    runtime: { options: { nodeargs: string } };
  };
  return project.runtime.options.nodeargs.split(" ");
}
