import { type Check, examine } from "../../release/doctor";
import { readRunningStack } from "../../release/stack";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Says what this machine and cluster have, and how to get what is missing. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const stack = readRunningStack(process.cwd(), String(values["stack"]));
  const checks = await examine(stack);
  output.result({ checks }, linesOf(checks));
  return checks.every(({ ok }) => ok) ? ExitCode.Done : ExitCode.PartMissing;
}

/** The checks as lines: each part, and under it the command that brings it, or what is advised. */
export function linesOf(checks: readonly Check[]): string[] {
  const width = Math.max(...checks.map(({ part }) => part.length));
  const indent = " ".repeat(`MISSING ${"".padEnd(width)}  `.length);
  return checks.flatMap(({ part, ok, found, command, advice }) => [
    `${ok ? "ok     " : "MISSING"} ${part.padEnd(width)}  ${found}`,
    ...(command ? [`${indent}${command}`] : []),
    ...(advice ? [`${indent}advice: ${advice.text}:`, `${indent}${advice.command}`] : []),
  ]);
}
