import { SECRET_NAME } from "../../environments/shape";

/** A field that is not as it was deployed. */
export interface FieldDrift {
  /** Such as `spec.template.spec.containers[web].image`. */
  readonly path: string;
  /** In words. */
  readonly text: string;
  /** The field manager that has it now, where the API server says so. */
  readonly by?: string;
}

/** Where two values differ: what was deployed, and what is there; `undefined` where there is nothing. */
export interface Difference {
  readonly path: readonly string[];
  readonly deployed: unknown;
  readonly live: unknown;
}

/** Every place in which `live` is not as `deployed`; items of a list are told apart by their names. */
export function differences(deployed: unknown, live: unknown, path: readonly string[] = []): Difference[] {
  const [one, other] = [children(deployed), children(live)];
  if (one && other && Array.isArray(deployed) === Array.isArray(live)) {
    const keys = [...new Set([...one.keys(), ...other.keys()])];
    return keys.flatMap((key) => {
      const [before, now] = [one.get(key), other.get(key)];
      // An empty item of a list says something: an empty rule allows everything.
      const added = Array.isArray(deployed) && one.has(key) !== other.has(key);
      return added
        ? [{ path: [...path, key], deployed: before, live: now }]
        : differences(before, now, [...path, key]);
    });
  }
  return isSame(deployed, live) ? [] : [{ path, deployed, live }];
}

/** What a value is made of; `undefined` for one that is not. */
export function children(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const items = value as unknown[];
  const names = items.map(nameOf);
  // Only names that are all there and all different tell items apart.
  const byName = new Set(names).size === names.length && !names.includes(undefined);
  return new Map(items.map((item, index) => [`[${byName ? names[index] : index}]`, item]));
}

function nameOf(item: unknown): string | undefined {
  const name = typeof item === "object" && item !== null ? (item as { name?: unknown }).name : undefined;
  return typeof name === "string" ? name : undefined;
}

const isEmpty = (value: unknown) =>
  value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);

/** The API does not tell nothing from an empty list or mapping. */
const isSame = (one: unknown, other: unknown) => one === other || (isEmpty(one) && isEmpty(other));

/** A path as people write it. */
export function pathOf(path: readonly string[]): string {
  return path.reduce((text, key) => (text === "" || key.startsWith("[") ? text + key : `${text}.${key}`), "");
}

/** A difference in words; values that may be secret are not shown. */
export function describeDifference({ path, deployed, live }: Difference): FieldDrift {
  const name = pathOf(path);
  const [before, now] = [shown(path, deployed), shown(path, live)];
  if (deployed === undefined) return { path: name, text: `${name} was added${now ? `, it is ${now}` : ""}` };
  if (isEmpty(live)) return { path: name, text: `${name} was removed${before ? `, it was ${before}` : ""}` };
  if (isEmpty(deployed)) return { path: name, text: `${name} was added${now ? `, it is ${now}` : ""}` };
  if (before === undefined || now === undefined) return { path: name, text: `${name} has another value` };
  return { path: name, text: `${name} is ${now}, and was deployed as ${before}` };
}

const DATA = new Set(["data", "stringData", "binaryData", "annotations", "env"]);

/** A value for people; `undefined` for one that may be secret, or is too long. */
function shown(path: readonly string[], value: unknown): string | undefined {
  if (path.some((key) => DATA.has(key))) return undefined;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (path.some((key) => SECRET_NAME.test(key.toUpperCase().replaceAll("-", "_")))) return undefined;
  return typeof value === "string" && value.length <= 120 ? JSON.stringify(value) : undefined;
}
