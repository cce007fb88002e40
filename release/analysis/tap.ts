import type { TestCase } from "./test-reports";

/**
 * Reads what one Perl test file said (the Test Anything Protocol): its own points, not those of its subtests.
 * A file that broke off before it kept its plan is one failed test more.
 */
export function readTap(file: string, text: string, milliseconds: number): TestCase[] {
  const tests: { name: string; outcome: TestCase["outcome"]; message: string[] }[] = [];
  let planned: number | undefined;
  for (const line of text.split("\n")) {
    const plan = /^1\.\.(\d+)/.exec(line);
    const point = /^(not )?ok\b(?: (\d+))?(?: - | )?(.*)$/.exec(line);
    if (plan) planned = Number(plan[1]);
    else if (point) tests.push(readPoint(point, tests.length + 1));
    else if (line.startsWith("# ")) tests.at(-1)?.message.push(line.slice(2));
  }
  const each = milliseconds / Math.max(tests.length, 1);
  const read = tests.map(({ name, outcome, message }): TestCase => ({
    file,
    name,
    milliseconds: each,
    outcome,
    ...(outcome === "failed" ? { message: message.join("\n") || name } : {}),
  }));
  if (planned === tests.length) return read;
  const message = `it ended after ${tests.length} of ${planned ?? "an unknown number of"} tests`;
  return [...read, { file, name: "runs to its end", milliseconds: 0, outcome: "failed", message }];
}

function readPoint([, not, , rest = ""]: RegExpExecArray, number: number) {
  const [, words = "", directive] = /^(.*?)(?:\s*#\s*(skip|todo)\b.*)?$/i.exec(rest) ?? [];
  const failed = not !== undefined && directive?.toLowerCase() !== "todo";
  const outcome: TestCase["outcome"] = failed
    ? "failed"
    : directive?.toLowerCase() === "skip" || not !== undefined
      ? "skipped"
      : "passed";
  return { name: words.trim() || `test ${number}`, outcome, message: [] as string[] };
}
