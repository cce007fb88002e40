import type { FieldDrift } from "./difference";

/** A resource that is not as it was deployed. */
export interface Drift {
  /** Such as `Deployment blog`. */
  readonly resource: string;
  readonly kind: "changed" | "missing" | "extra";
  readonly fields: readonly FieldDrift[];
}

/** What has changed behind the engine's back. */
export interface DriftReport {
  readonly stack: string;
  readonly drifts: readonly Drift[];
  /** What could not be compared, and why. */
  readonly notCompared: readonly string[];
}

/** One entry for each resource, and one for each field; what was found first is kept. */
export function merged(drifts: readonly Drift[]): Drift[] {
  const byResource = new Map<string, Drift>();
  for (const drift of drifts) {
    const before = byResource.get(drift.resource);
    if (before === undefined) byResource.set(drift.resource, drift);
    else if (before.kind === "changed") {
      const known = new Map([...drift.fields, ...before.fields].map((field) => [field.path, field]));
      byResource.set(drift.resource, { ...before, fields: [...known.values()] });
    }
  }
  return [...byResource.values()]
    .map((drift) => ({ ...drift, fields: drift.fields.toSorted(byPath) }))
    .toSorted((one, other) => (one.resource < other.resource ? -1 : 1));
}

const byPath = (one: FieldDrift, other: FieldDrift) => (one.path < other.path ? -1 : 1);

/** A drift in words. */
export function describeDrift({ resource, kind, fields }: Drift): string[] {
  if (kind === "missing") return [`${resource} is missing`];
  if (kind === "extra") return [`${resource} is there, and was not deployed`];
  return [`${resource} was changed`, ...fields.map(({ text }) => `  ${text}`)];
}
