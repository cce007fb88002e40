import type { StateResource } from "../../adapters/engine";
import { type Kubectl, type KubeObject, kubectlFinished } from "../../adapters/kubectl";
import { ReleaseError } from "../errors";
import { describeDifference, differences, type FieldDrift } from "./difference";
import { foreignFields } from "./owners";
import type { Drift } from "./report";

/** A Kubernetes object as it was deployed. */
export type Deployed = KubeObject & { readonly apiVersion: string };

/** The objects that the state knows, as they were deployed. */
export function deployedObjects(resources: readonly StateResource[]): Deployed[] {
  return resources.flatMap(({ type, inputs }) => {
    const object = inputs as Partial<Deployed> | undefined;
    const known =
      type.startsWith("kubernetes:") && object?.apiVersion && object.kind && object.metadata?.name;
    return known ? [object as Deployed] : [];
  });
}

/** How the API server would change each object if it were deployed again, and who has set what. */
export async function objectDrift(client: Kubectl, deployed: readonly Deployed[]): Promise<Drift[]> {
  const live = await readAll(client, deployed);
  const present = deployed.filter((object) => live.has(keyOf(object)));
  const again = await dryRun(client, present.filter(isPlain));
  return deployed.flatMap((object): Drift[] => {
    const resource = `${object.kind} ${object.metadata.name}`;
    const found = live.get(keyOf(object));
    if (found === undefined) return [{ resource, kind: "missing", fields: [] }];
    const wanted = again.get(keyOf(object));
    const changed = typeof wanted === "object" ? differences(comparable(wanted), comparable(found)) : [];
    const refused = typeof wanted === "string" ? [{ path: "", text: wanted }] : [];
    const fields = joined(foreignFields(found, object), [...changed.map(describeDifference), ...refused]);
    return fields.length > 0 ? [{ resource, kind: "changed", fields }] : [];
  });
}

/** Whether a path is another one, or lies below it. */
const isWithin = (path: string, outer: string) =>
  path === outer || (path.startsWith(outer) && /^[.[]/.test(path.slice(outer.length)));

/** A change that both know is told once: what it is, as exactly as can be, and by whom. */
function joined(foreign: readonly FieldDrift[], changed: readonly FieldDrift[]): FieldDrift[] {
  const within = (path: string) => foreign.find((field) => isWithin(path, field.path));
  const known = new Set(changed.map(({ path }) => within(path)));
  const told = changed.map((field) => {
    const by = within(field.path)?.by;
    return by === undefined ? field : { ...field, text: `${field.text} (by ${by})`, by };
  });
  return [...foreign.filter((field) => !known.has(field)), ...told];
}

/** Tells objects apart whatever version of the API they were asked in. */
export function keyOf({ apiVersion, kind, metadata }: KubeObject & { readonly apiVersion?: string }): string {
  const group = apiVersion?.includes("/") ? apiVersion.split("/")[0] : "";
  return [group, kind, metadata.namespace ?? "", metadata.name].join(" ");
}

const listOf = (items: readonly object[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });

async function readAll(client: Kubectl, objects: readonly Deployed[]): Promise<Map<string, KubeObject>> {
  if (objects.length === 0) return new Map();
  const names = objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
  }));
  const args = ["get", "--filename", "-", "--ignore-not-found", "--show-managed-fields", "--output", "json"];
  const { exitCode, stdout, stderr } = await kubectlFinished(client, args, listOf(names));
  if (exitCode !== 0) {
    throw new ReleaseError("failed", `what runs cannot be read, so nothing was compared: ${stderr.trim()}`);
  }
  return byKey(stdout);
}

function byKey(text: string): Map<string, KubeObject> {
  if (text.trim() === "") return new Map();
  const content = JSON.parse(text) as KubeObject & { readonly items?: readonly KubeObject[] };
  return new Map((content.items ?? [content]).map((object) => [keyOf(object), object]));
}

/** A secret value cannot be compared, as the state has it encrypted; who has set it is known nevertheless. */
function isPlain(object: Deployed): boolean {
  // Pulumi's mark of a secret in a state.
  return object.kind !== "Secret" && !JSON.stringify(object).includes("4dabf18193072939515e22adb298388d");
}

/** Lets the API server judge what deploying again would give; one that it refuses gives the reason as text. */
async function dryRun(
  client: Kubectl,
  objects: readonly Deployed[],
): Promise<ReadonlyMap<string, KubeObject | string>> {
  if (objects.length === 0) return new Map();
  const all = await apply(client, objects);
  if (all.exitCode === 0) return byKey(all.stdout);
  const single = await Promise.all(
    objects.map(async (object) => {
      const { exitCode, stdout, stderr } = await apply(client, [object]);
      const answer = exitCode === 0 ? [...byKey(stdout).values()][0] : refusal(stderr);
      return answer === undefined ? [] : [[keyOf(object), answer] as const];
    }),
  );
  return new Map(single.flat());
}

function apply(client: Kubectl, objects: readonly Deployed[]) {
  const how = [
    "--server-side",
    "--dry-run=server",
    "--force-conflicts",
    "--field-manager",
    "stagewright-drift",
  ];
  return kubectlFinished(client, ["apply", ...how, "--output", "json", "--filename", "-"], listOf(objects));
}

function refusal(stderr: string): string {
  const text = stderr.trim().split("\n").at(-1) ?? "";
  if (/forbidden/i.test(text)) {
    throw new ReleaseError(
      "failed",
      `what runs cannot be compared, as kubectl may not even try: ${text}\n` +
        "it must have the right to patch the stack's objects: kubectl auth can-i --list",
    );
  }
  return `it could not be deployed again as it was: ${text}`;
}

/** The parts of an object that were declared, or could have been. */
function comparable(object: KubeObject): unknown {
  const { status: _status, ...rest } = object;
  const { labels = {}, annotations = {} } = object.metadata;
  // The engine's own notes go with each run.
  const kept = Object.entries(annotations).filter(([name]) => !name.startsWith("pulumi.com/"));
  return { ...rest, metadata: { labels, annotations: Object.fromEntries(kept) } };
}
