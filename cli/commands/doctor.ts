import { examine } from "../../release/doctor";
import { readStack } from "../../release/stack";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Says what this machine and cluster have, and how to get what is missing. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const stack = readStack(process.cwd(), String(values["stack"]));
  const checks = await examine(stack);
  const width = Math.max(...checks.map(({ part }) => part.length));
  const lines = checks.flatMap(({ part, ok, found, command }) => [
    `${ok ? "ok     " : "MISSING"} ${part.padEnd(width)}  ${found}`,
    ...(command ? [`        ${" ".repeat(width)}  ${command}`] : []),
  ]);
  output.result({ checks }, lines);
  return checks.every(({ ok }) => ok) ? ExitCode.Done : ExitCode.PartMissing;
}
