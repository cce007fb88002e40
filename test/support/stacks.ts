import assert from "node:assert/strict";
import { type Manifest, type Rendering, renderManifests } from "../../embedded/manifests";
import type { Registration } from "../../embedded/monitor";
import { type EmbeddedRun, runStack } from "../../embedded/run";
import { at, TEST_DIGEST } from "./program";

export const directory = process.cwd();
export const STACKS = ["test", "int", "prod"] as const;
export type Stack = (typeof STACKS)[number];

export const runs = new Map<Stack, EmbeddedRun>();
export const renderings = new Map<Stack, Rendering>();

export function of<Value>(map: ReadonlyMap<Stack, Value>, stack: Stack): Value {
  const value = map.get(stack);
  assert.ok(value !== undefined, `no ${stack}`);
  return value;
}
export const registered = (stack: Stack): readonly Registration[] => of(runs, stack).registrations;
export const rendered = (stack: Stack): readonly Manifest[] => of(renderings, stack).manifests;

/** The pods that a stack's objects make themselves; those of the Cluster are the operator's. */
export function podsOf(
  stack: Stack,
): { readonly owner: Manifest; readonly labels: unknown; readonly pod: unknown }[] {
  return rendered(stack)
    .filter(({ spec }) => at(spec, "template", "spec", "containers") !== undefined)
    .map((owner) => ({
      owner,
      labels: at(owner["spec"], "template", "metadata", "labels"),
      pod: at(owner["spec"], "template", "spec"),
    }));
}

export function manifest(stack: Stack, kind: string): Manifest {
  const found = rendered(stack).filter((object) => object.kind === kind);
  const [first] = found;
  assert.ok(first && found.length === 1, `${found.length} instead of one ${kind}`);
  return first;
}

/** Runs the program once for all that is said of it. */
export async function runAll(): Promise<void> {
  if (runs.size > 0) return;
  for (const stack of STACKS) {
    const run = await runStack({ directory, stack, builtDigest: TEST_DIGEST });
    runs.set(stack, run);
    renderings.set(stack, renderManifests(run.registrations));
  }
}
