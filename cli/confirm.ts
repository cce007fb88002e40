import { createInterface } from "node:readline/promises";
import { CliError, ExitCode } from "./exit";
import type { Output } from "./output";

/** Asks before something is changed; where nobody can answer, `--yes` must have been given. */
export async function confirm(question: string, yes: boolean, output: Output): Promise<void> {
  if (yes) return;
  if (output.json || !process.stdin.isTTY) {
    throw new CliError("nobody is here to be asked; if it is meant, say so: --yes", ExitCode.Usage);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} (yes/no) `);
  terminal.close();
  if (answer.trim() !== "yes") throw new CliError("not confirmed, nothing was changed", ExitCode.Failed);
}
