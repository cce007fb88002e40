import type { z } from "zod";
import {
  type Mistake,
  pathText,
  removeCommand,
  setCommand,
  setSecretCommand,
  setTextCommand,
} from "./mistakes";
import { expectationAt, isTextAt, keysAt, stackConfiguration } from "./schema";
import { looksSecret } from "./secret-text";

/** What came out of checking the shape: the mistakes, and the paths that later checks must leave alone. */
export interface Shape {
  readonly mistakes: Mistake[];
  readonly broken: readonly string[];
}

/** Names of variables that hold secrets. */
export const SECRET_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|API_KEY|CREDENTIALS)(_|$)/;

/** Checks keys, types and forms; every mistake is reported, none stops the rest. */
export function checkShape(
  stack: string,
  raw: Readonly<Record<string, unknown>>,
  plainSecrets: readonly (readonly string[])[] = [],
): Shape {
  const result = stackConfiguration.safeParse(raw);
  const issues = result.success ? [] : result.error.issues;
  const mistakes = issues.flatMap((issue) => toMistakes(stack, raw, issue, plainSecrets));
  const told = new Map(mistakes.toReversed().map((mistake) => [mistake.path, mistake]));
  return {
    mistakes: mistakes.filter((mistake) => told.get(mistake.path) === mistake),
    broken: issues.map((issue) => pathText(issue.path)),
  };
}

/** The value at a path, or `undefined`. */
export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    raw,
  );
}

function toMistakes(
  stack: string,
  raw: unknown,
  issue: z.core.$ZodIssue,
  plainSecrets: readonly (readonly string[])[],
): Mistake[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(stack, issue.path, key));
  }
  if (issue.code === "invalid_key") return [badKey(stack, issue)];
  const value = valueAt(raw, issue.path);
  if (issue.path[0] === "secrets") {
    const plain = plainSecrets.some((path) => issue.path.every((key, index) => path[index] === key));
    return [badSecret(stack, issue.path, value, plain)];
  }
  // Its name is a mistake already, and its value is not to be shown.
  if (issue.path[1] === "env" && SECRET_NAME.test(String(issue.path[2]))) return [];
  return [badValue(stack, issue.path, value)];
}

function badValue(stack: string, path: readonly PropertyKey[], value: unknown): Mistake {
  const { expected, example } = expectationAt(path);
  const base = { path: pathText(path), found: describe(value) };
  if ((typeof value === "number" || typeof value === "boolean") && isTextAt(path, String(value))) {
    return {
      ...base,
      expected: `${expected}, in quotes`,
      command: setTextCommand(stack, path, String(value)),
    };
  }
  return { ...base, expected, command: mend(stack, path, value, example) };
}

function mend(stack: string, path: readonly PropertyKey[], value: unknown, example?: string): string {
  if (path.length === 1 && path[0] === "image") {
    const inner = [...path, "repository"];
    const set = setCommand(stack, inner, expectationAt(inner).example ?? "");
    return value === undefined ? set : `${removeCommand(stack, path)} && ${set}`;
  }
  if (example === undefined) return removeCommand(stack, path);
  return isTextAt(path) ? setTextCommand(stack, path, example) : setCommand(stack, path, example);
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

/** Said to whoever wrote a secret down. */
export const PLAIN_SECRET = {
  found: "a value in plain text",
  advice: "(secure: …); change the old one where it came from, it has been written down",
};

/** Says nothing of the value: it may be a secret after all. */
function badSecret(stack: string, path: readonly PropertyKey[], value: unknown, plain: boolean): Mistake {
  const empty = value === "" || value === null || value === undefined;
  const file = path.length === 3;
  const expected = SECRET_LEVELS[path.length - 1] ?? "nothing";
  return {
    path: pathText(path),
    found: plain ? PLAIN_SECRET.found : empty ? "no value yet" : kindOf(value),
    expected: plain ? `${expected} ${PLAIN_SECRET.advice}` : expected,
    command: file ? setSecretCommand(stack, path) : removeCommand(stack, path),
  };
}

/** What stands at `secrets` and below it. */
const SECRET_LEVELS = [
  "a mapping of folders, each a mapping of files with their encrypted values",
  "a mapping of files with their encrypted values",
  "an encrypted value",
];

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}

/** A value as a person would name it, cut short. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return `a mapping with ${Object.keys(value).join(", ") || "no keys"}`;
  if (typeof value === "string" && looksSecret(value)) return "text that looks like a secret";
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
