import { findEngine } from "../../adapters/engine";
import { readStack } from "../../release/stack";
import { readStackImage } from "../../release/stack-image";
import { tagImage } from "../../release/tag-image";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Names the image that a stack runs by its version and by the stack. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const stack = readStack(process.cwd(), String(values["stack"]));
  const image = await readStackImage(findEngine(stack.directory), stack.name);
  const { repository, digest, version } = image;
  const tagged = await tagImage({ repository, digest, version, stack: stack.name, progress: output });
  output.result({ stack: stack.name, repository, digest, version, tagged }, [
    `${repository}@${digest}`,
    `  ${version} ${tagged.version === "set" ? "set" : "was there"}`,
    `  ${stack.name} ${tagged.stack === "set" ? "set" : "was there"}`,
  ]);
  return ExitCode.Done;
}
