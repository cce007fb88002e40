import assert from "node:assert/strict";
import type { EmbeddedRun } from "../../embedded/run";
import { runProgram } from "../../embedded/run";
import { type Registration } from "../../embedded/monitor";

/** Digest that builds have in tests; nobody takes it for a real one. */
export const TEST_DIGEST = `sha256:${"7e57".repeat(16)}`;

type Registrations = readonly Registration[];

/** Runs a program on the embedded engine and gives all that came of it. */
export function run(program: () => Record<string, unknown>): Promise<Omit<EmbeddedRun, "configuration">> {
  return runProgram(program, { project: "stagewright", stack: "test", builtDigest: TEST_DIGEST });
}

/** What a program registers, the stack itself left out. */
export async function build(program: () => void): Promise<Registrations> {
  const { registrations } = await run(() => {
    program();
    return {};
  });
  return registrations.filter(({ type }) => type !== "pulumi:pulumi:Stack");
}

/** What a program gives out. */
export async function outputsOf(
  program: () => Record<string, unknown>,
): Promise<Readonly<Record<string, unknown>>> {
  return (await run(program)).outputs;
}

/** All registrations of a kind, which is the last part of a type. */
export function every(registrations: Registrations, kind: string): Registrations {
  return registrations.filter(({ type }) => type === kind || type.endsWith(`:${kind}`));
}

/** The one registration of a kind, or the one of them that has the name. */
export function one(registrations: Registrations, kind: string, name?: string): Registration {
  const found = every(registrations, kind).filter((found) => name === undefined || found.name === name);
  const [first] = found;
  assert.ok(first && found.length === 1, `${found.length} instead of one ${kind} ${name ?? ""}`);
  return first;
}

/** Type and name of each resource, sorted: the order of registration is the engine's business. */
export function list(registrations: Registrations): string[] {
  return registrations.map(({ type, name }) => `${type} ${name}`).toSorted();
}

/** The resources that a component made, as {@link list} shows them. */
export function childrenOf(registrations: Registrations, parent: Registration): string[] {
  return list(registrations.filter((registration) => registration.parent === parent.urn));
}

/** The names of the resources that must be there before this one, as {@link list} shows them. */
export function dependenciesOf(registrations: Registrations, registration: Registration): string[] {
  return list(registrations.filter(({ urn }) => registration.dependencies.includes(urn)));
}

/** The value at a path of nested mappings and lists; `undefined` where it ends. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  );
}
