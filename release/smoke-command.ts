import { readFileSync, statSync } from "node:fs";
import { runShell } from "../adapters/shell";
import { SECRET_NAME } from "../environments/shape";
import type { Progress } from "./progress";

/** What came of the tests that the application ships. */
export interface ShippedResult {
  readonly command: string;
  readonly ok: boolean;
  readonly milliseconds: number;
  /** Its last lines. */
  readonly output: readonly string[];
  readonly problem?: string;
}

const SHOWN_LINES = 200;
const KEPT_LINES = 40;
const LINE_LENGTH = 400;
/** The engine's own; the application has no business with them. */
const WITHHELD = /^PULUMI_/;

/** Runs the tests that the application ships against `url`, which they find in `SMOKE_URL`. */
export async function runShipped(
  command: string,
  directory: string,
  url: string,
  timeoutSeconds: number,
  progress: Progress,
): Promise<ShippedResult> {
  const kept = Object.entries(process.env).filter(([name]) => !WITHHELD.test(name));
  const mask = masker(process.env);
  const output: string[] = [];
  let count = 0;
  const onLine = (line: string) => {
    const text = mask(line).slice(0, LINE_LENGTH);
    output.push(text);
    if (output.length > KEPT_LINES) output.shift();
    if (++count <= SHOWN_LINES) progress.step(`  ${text}`);
  };
  const began = performance.now();
  const { exitCode, timedOut } = await runShell(command, {
    cwd: directory,
    env: { ...Object.fromEntries(kept), SMOKE_URL: url },
    timeoutSeconds,
    onLine,
  });
  const problem = timedOut
    ? `not done within ${timeoutSeconds} s`
    : exitCode === 0
      ? undefined
      : `exited with ${exitCode}`;
  return {
    command,
    ok: problem === undefined,
    milliseconds: Math.round(performance.now() - began),
    output,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Hides what variables with a secret's name hold, or the file that they name. */
export function masker(env: Readonly<Record<string, string | undefined>>): (line: string) => string {
  const secrets = Object.entries(env)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([name, value = ""]) => (name.endsWith("_FILE") ? contentOf(value) : [value]))
    // A shorter one is no secret, and would hide half of what is said.
    .filter((value) => value.length >= 6)
    .toSorted((one, other) => other.length - one.length);
  return (line) => secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line);
}

function contentOf(file: string): string[] {
  try {
    return statSync(file).size < 10_000 ? readFileSync(file, "utf8").trim().split("\n") : [];
  } catch {
    return [];
  }
}
