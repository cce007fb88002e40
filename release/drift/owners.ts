import type { KubeObject } from "../../adapters/kubectl";
import { SWITCH_MANAGER } from "../switch/member";
import { children, describeDifference, type FieldDrift, pathOf } from "./difference";

/** What the API server notes of who set which field. */
interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Fields;
}
interface Fields {
  readonly [key: string]: Fields;
}

/** The engine's provider. */
const OURS = /^pulumi-/;
/** Those whose work it is: Kubernetes' own, and operators, which go by the name of their program. */
const CONTROLLERS = new Set([
  "kube-controller-manager",
  "cloud-controller-manager",
  "kube-scheduler",
  "kubelet",
  "manager",
  "cloudnative-pg",
]);
/** Programs that people have in their hands; only of theirs do labels and annotations count. */
const HANDS = /^(kubectl|k9s|lens|helm|headlamp|curl|python|node-fetch|mozilla)/i;
/** A restart of the pods is no change of what is deployed. */
const RESTARTED = /restartedAt\]?$/;

/**
 * Fields that somebody else than the engine has set. The engine itself does not see those that it never declared,
 * such as a variable that was added by hand.
 */
export function foreignFields(live: KubeObject, deployed: unknown): FieldDrift[] {
  const entries = (live.metadata as { managedFields?: readonly ManagedFields[] }).managedFields ?? [];
  return entries.flatMap(({ manager = "somebody", subresource, fieldsV1 }) => {
    if (fieldsV1 === undefined || OURS.test(manager) || CONTROLLERS.has(manager)) return [];
    // A status is its controller's, and a number that is not declared is the autoscaler's.
    if (subresource !== undefined && subresource !== "scale") return [];
    return leavesOf(fieldsV1)
      .filter((keys) => counts(keys, manager))
      .flatMap((keys) => judge(keys, live, deployed, manager, subresource === "scale"));
  });
}

function judge(
  keys: readonly string[],
  live: KubeObject,
  deployed: unknown,
  manager: string,
  onlyDeclared: boolean,
): FieldDrift[] {
  const [found, declared] = [follow(live, keys), follow(deployed, keys)];
  if (found === undefined || (onlyDeclared && declared === undefined)) return [];
  // Set by hand to the very value that was deployed.
  if (declared !== undefined && JSON.stringify(declared.value) === JSON.stringify(found.value)) return [];
  const path = pathOf(found.path);
  if (declared !== undefined) {
    const { text } = describeDifference({ path: found.path, deployed: declared.value, live: found.value });
    return [{ path, text: `${text} (by ${manager})`, by: manager }];
  }
  // A token that no stack declares belongs to a switch; the database to write to, which each declares, is judged above.
  if (manager === SWITCH_MANAGER) return [];
  // A Secret is deployed as `stringData`, so what it holds is never found as declared.
  return [
    { path, text: `${path} was ${live.kind === "Secret" ? "set" : "added"} by ${manager}`, by: manager },
  ];
}

function counts(keys: readonly string[], manager: string): boolean {
  const [first = "", second = ""] = keys;
  if (RESTARTED.test(keys.at(-1) ?? "")) return false;
  if (first === "f:status") return false;
  if (first !== "f:metadata") return true;
  return HANDS.test(manager) && ["f:labels", "f:annotations"].includes(second) && !keys.some(isBookkeeping);
}

const isBookkeeping = (key: string) => key === "f:kubectl.kubernetes.io/last-applied-configuration";

/** The paths of a set of fields, each to where it ends. */
function leavesOf(fields: Fields, path: readonly string[] = []): string[][] {
  const inner = Object.entries(fields).filter(([key]) => key !== ".");
  if (inner.length === 0) return [[...path]];
  return inner.flatMap(([key, value]) => leavesOf(value, [...path, key]));
}

interface Followed {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Goes along the API server's way of naming fields: `f:` a field, `k:` an item by its keys, `v:` an item by its value. */
function follow(object: unknown, keys: readonly string[]): Followed | undefined {
  let at: Followed = { path: [], value: object };
  for (const key of keys) {
    const inner = children(at.value);
    const [name, value] = [...(inner ?? [])].find(([name, value]) => matches(key, name, value)) ?? [];
    if (name === undefined) return undefined;
    at = { path: [...at.path, name], value };
  }
  return at;
}

function matches(key: string, name: string, value: unknown): boolean {
  const [kind, rest] = [key.slice(0, 2), key.slice(2)];
  if (kind === "f:") return name === rest;
  if (kind === "v:") return JSON.stringify(value) === rest;
  if (kind === "i:") return name === `[${rest}]`;
  const wanted = JSON.parse(rest) as Record<string, unknown>;
  const item = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  // The protocol of a port is TCP where it is not said.
  const defaults: Record<string, unknown> = { protocol: "TCP" };
  return Object.entries(wanted).every(([field, expected]) => (item[field] ?? defaults[field]) === expected);
}
