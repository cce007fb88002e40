import type { z } from "zod";
import { type Mistake, pathText, removeCommand, setCommand, setSecretCommand } from "./mistakes";
import { expectationAt, keysAt, stackConfiguration } from "./schema";

/** What came out of checking the shape: the mistakes, and the paths that later checks must leave alone. */
export interface Shape {
  readonly mistakes: Mistake[];
  readonly broken: readonly string[];
}

/** Checks keys, types and forms; every mistake is reported, none stops the rest. */
export function checkShape(stack: string, raw: Readonly<Record<string, unknown>>): Shape {
  const result = stackConfiguration.safeParse(raw);
  const issues = result.success ? [] : result.error.issues;
  const mistakes = issues.flatMap((issue) => toMistakes(stack, raw, issue));
  return { mistakes, broken: issues.map((issue) => pathText(issue.path)) };
}

/** The value at a path, or `undefined`. */
export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    raw,
  );
}

function toMistakes(stack: string, raw: unknown, issue: z.core.$ZodIssue): Mistake[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(stack, issue.path, key));
  }
  if (issue.code === "invalid_key") return [badKey(stack, issue)];
  const value = valueAt(raw, issue.path);
  if (issue.path[0] === "secrets" && issue.path.length === 3) return [badSecret(stack, issue.path, value)];
  const { expected, example } = expectationAt(issue.path);
  return [
    {
      path: pathText(issue.path),
      found: describe(value),
      expected,
      command:
        example === undefined ? removeCommand(stack, issue.path) : setCommand(stack, issue.path, example),
    },
  ];
}

function unknownKey(stack: string, parent: readonly PropertyKey[], key: string): Mistake {
  const known = keysAt(parent);
  const meant = known.find((candidate) => distance(candidate, key) <= 2);
  const path = [...parent, key];
  return {
    path: pathText(path),
    found: "a key that is not known",
    expected: meant
      ? `${meant} (did you mean that?), or one of ${known.join(", ")}`
      : `one of ${known.join(", ")}`,
    command: removeCommand(stack, path),
  };
}

function badKey(stack: string, issue: z.core.$ZodIssueInvalidKey): Mistake {
  const key = String(issue.path.at(-1));
  const expected =
    issue.path[0] === "application"
      ? "a name of capital letters, digits and underscores, such as LOG_LEVEL"
      : issue.path.length === 2
        ? "a name of lower-case letters, digits and dashes, such as application"
        : "a name of letters, digits, dots, dashes and underscores, such as signing-secret";
  return {
    path: pathText(issue.path),
    found: `the name ${JSON.stringify(key)}`,
    expected,
    command: removeCommand(stack, issue.path),
  };
}

/** Says nothing of the value: it may be a secret after all. */
function badSecret(stack: string, path: readonly PropertyKey[], value: unknown): Mistake {
  const empty = value === "" || value === null || value === undefined;
  return {
    path: pathText(path),
    found: empty ? "no value yet" : `a ${Array.isArray(value) ? "list" : typeof value}`,
    expected: "an encrypted value",
    command: setSecretCommand(stack, path),
  };
}

/** A value as a person would name it, cut short. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return `a mapping with ${Object.keys(value).join(", ") || "no keys"}`;
  const shown = JSON.stringify(value);
  return shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
}

/** Levenshtein distance, for guessing what a misspelt key was meant to be. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
