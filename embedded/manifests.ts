import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Registration, Secret } from "./monitor";

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The name of a Secret that was left out, and its keys. */
export interface SealedSecret {
  readonly name: string;
  readonly namespace: string;
  readonly keys: readonly string[];
}

/** What a run would apply, with every Secret left out. */
export interface Rendering {
  readonly manifests: readonly Manifest[];
  readonly secrets: readonly SealedSecret[];
}

/** Picks the Kubernetes objects out of a run, just as the program handed them over. */
export function renderManifests(registrations: readonly Registration[]): Rendering {
  const objects = registrations
    .filter(({ type, custom }) => custom && type.startsWith("kubernetes:"))
    .map(({ type, inputs }) => toManifest(type, inputs));
  return {
    manifests: objects.filter(({ kind }) => kind !== "Secret"),
    secrets: objects.filter(({ kind }) => kind === "Secret").map(seal),
  };
}

function toManifest(type: string, inputs: Readonly<Record<string, unknown>>): Manifest {
  const [, group, kind] = type.split(":");
  const apiVersion = group?.startsWith("core/") ? group.slice("core/".length) : group;
  const { metadata, ...rest } = inputs as unknown as Manifest;
  // Annotations for the engine mean nothing to other tools.
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => !key.startsWith("pulumi.com/"),
  );
  const { annotations: _engine, ...kept } = metadata;
  return {
    ...rest,
    apiVersion: apiVersion ?? "",
    kind: kind ?? "",
    metadata: {
      ...kept,
      ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    },
  };
}

function seal(object: Manifest): SealedSecret {
  const { name, namespace = "default" } = object.metadata;
  const content = object["stringData"] ?? object["data"];
  const values = content instanceof Secret ? content.reveal() : content;
  return { name, namespace, keys: Object.keys(values ?? {}) };
}

/** Writes one file an object into `rendered/<stack>/`, in place of those of an earlier run; gives their folder. */
export function writeManifests(directory: string, stack: string, rendering: Rendering): string {
  const folder = join(directory, "rendered", stack);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (/\.yaml$|^secrets\.json$/.test(file)) rmSync(join(folder, file));
  }
  for (const manifest of rendering.manifests) {
    const file = fileName(manifest, rendering.manifests);
    writeFileSync(join(folder, file), stringify(ordered(manifest), { lineWidth: 0 }));
  }
  writeFileSync(join(folder, "secrets.json"), `${JSON.stringify(rendering.secrets, undefined, 2)}\n`);
  return folder;
}

/** Kind and name, and the namespace only where two objects would have the same file without it. */
function fileName({ kind, metadata }: Manifest, all: readonly Manifest[]): string {
  const same = all.filter((other) => other.kind === kind && other.metadata.name === metadata.name);
  const where = same.length > 1 && metadata.namespace ? [metadata.namespace] : [];
  return `${[kind, ...where, metadata.name].join("-")}.yaml`.toLowerCase();
}

/** The order people write manifests in. */
function ordered({ apiVersion, kind, metadata, ...rest }: Manifest): object {
  return { apiVersion, kind, metadata, ...rest };
}
