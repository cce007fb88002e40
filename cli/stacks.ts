import { ReleaseError } from "../release/errors";
import { type DeclaredStack, readRunningStack } from "../release/stack";
import { declaredStacks } from "../release/watched";
import { CliError, ExitCode } from "./exit";
import type { Output } from "./output";
import type { Values } from "./values";

/** The stacks of `--stacks`; without it, every one that has a file here and is ready to be deployed. */
export function chooseStacks(values: Values, output: Output, directory = process.cwd()): DeclaredStack[] {
  const given = values["stacks"];
  if (given !== undefined) {
    const names = String(given)
      .split(",")
      .map((name) => name.trim());
    if (names.includes(""))
      throw new CliError("--stacks takes names: --stacks test,int,prod", ExitCode.Usage);
    return [...new Set(names)].map((name) => readRunningStack(directory, name));
  }
  return declaredStacks(directory).flatMap((name) => readOrLeave(directory, name, output));
}

function readOrLeave(directory: string, name: string, output: Output): DeclaredStack[] {
  try {
    return [readRunningStack(directory, name)];
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    output.warn(
      `stack ${name} is left out, its configuration is not complete: stagewright doctor --stack ${name}`,
    );
    return [];
  }
}
