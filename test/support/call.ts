import assert from "node:assert/strict";
import { mock } from "node:test";
import type { ExitCode } from "../../cli/exit";
import { main } from "../../cli/main";

/** What a command said on each channel, and how it ended. */
export interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Calls the command line in this process. */
export async function call(...argv: string[]): Promise<Said> {
  const [out, err] = [process.stdout, process.stderr].map((channel) =>
    mock.method(channel, "write", () => true),
  );
  const text = (spy = out) => (spy?.mock.calls ?? []).map(({ arguments: [chunk] }) => String(chunk)).join("");
  try {
    const code = await main(argv);
    return { code, out: text(out), err: text(err) };
  } finally {
    out?.mock.restore();
    err?.mock.restore();
  }
}

/** Reads what a command said to a program: each line is a whole object. */
export function parsed(text: string): Record<string, unknown>[] {
  assert.ok(text.endsWith("\n"), "the last line has no end");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
