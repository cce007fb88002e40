import type { EnvironmentDefinition } from "./definition";
import { type Mistake, pathText } from "./mistakes";
import { describe, valueAt } from "./shape";

/** What the rules look at: the raw values, and which paths are sound enough to judge. */
export interface Case {
  readonly stack: string;
  /** `undefined` where the environment is not known; what holds in every environment is judged nevertheless. */
  readonly definition: EnvironmentDefinition | undefined;
  readonly raw: unknown;
  /** Paths whose shape is wrong already. */
  readonly broken: readonly string[];
  /** Secret values that stand in the stack file unencrypted, as paths. */
  readonly plainSecrets: readonly (readonly string[])[];
}

/** The value at a path, unless its shape, or that of what holds it, is wrong already. */
export function sound(subject: Case, ...path: string[]): unknown {
  const whole = pathText(path);
  const broken = subject.broken.some((at) => whole === at || whole.startsWith(`${at}.`));
  return broken ? undefined : valueAt(subject.raw, path);
}

/** Whether the shape of the value at a path is wrong already. */
export const isBroken = (subject: Case, ...path: string[]) => subject.broken.includes(pathText(path));

/** A mistake at a path, with what is there. */
export function mistake(
  subject: Case,
  path: readonly string[],
  expected: string,
  command: string,
  found = describe(valueAt(subject.raw, path)),
): Mistake {
  return { path: pathText(path), found, expected, command };
}
