import { createInterface } from "node:readline/promises";
import { CliError, ExitCode } from "./exit";
import type { Output } from "./output";

/** Refuses at once what would have to ask, where nobody can answer. */
export function requireAnswerable(yes: boolean, output: Output): void {
  if (yes || (!output.json && process.stdin.isTTY)) return;
  throw new CliError("nobody is here to be asked; if it is meant, say so: --yes", ExitCode.Usage);
}

/** Asks before something is changed, unless it was said that it is meant. */
export async function confirm(question: string, yes: boolean, output: Output): Promise<void> {
  requireAnswerable(yes, output);
  if (yes) return;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} (yes/no) `);
  terminal.close();
  if (answer.trim() !== "yes") throw new CliError("not confirmed, nothing was changed", ExitCode.Failed);
}
