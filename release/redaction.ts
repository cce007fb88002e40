import { type Kubectl, kubectl } from "../adapters/kubectl";
import type { Progress } from "./progress";

/** Hides what is secret in text that other programs wrote. */
export type Redact = (text: string) => string;

const MASK = "[secret]";
/** Shorter ones are words: hiding them would leave nothing to read, and they hide nothing from anybody. */
const SHORTEST = 6;
/** Keys of Secrets whose values are names, addresses and certificates, which people need to read. */
const OPEN_KEYS = /^((fqdn-)?host|port|dbname|user|username|email|auths|namespace|(ca|tls|service-ca)\.crt)$/;

/** Hides these values, as they are and as JSON, addresses and base64 write them. */
export function redactor(values: Iterable<string>): Redact {
  const forms = new Set([...values].flatMap(partsOf).flatMap(formsOf));
  if (forms.size === 0) return (text) => text;
  const escaped = [...forms]
    .toSorted((a, b) => b.length - a.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  const pattern = new RegExp(escaped.join("|"), "g");
  return (text) => text.replace(pattern, MASK);
}

/** A value, the lines it is printed in, and a password that is part of it. */
function partsOf(value: string): string[] {
  const lines = value.split("\n").map((line) => line.trim());
  const password = /:\/\/[^\s:@/]*:([^\s@]+)@/.exec(value)?.[1] ?? "";
  return [value.trim(), ...lines, password].filter(
    (part) => part.length >= SHORTEST && !part.startsWith("-----"),
  );
}

function formsOf(value: string): string[] {
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString("base64"),
  ];
}

/** Progress that hides what is secret in what it tells. */
export function redactedProgress(progress: Progress, redact: Redact): Progress {
  return {
    step: (text, details) => progress.step(redact(text), details),
    warn: (text) => progress.warn(redact(text)),
  };
}

interface SecretObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Hides the values of a namespace's Secrets. They are read for that alone; `undefined` where they cannot be, as then
 * nothing could be hidden.
 */
export async function namespaceRedactor(client: Kubectl, namespace: string): Promise<Redact | undefined> {
  const where = ["--namespace", namespace, "--output", "json", "--request-timeout", "10s"];
  const text = await kubectl(client, "get", "secrets", ...where);
  if (text === undefined) return undefined;
  const { items = [] } = JSON.parse(text) as { items?: SecretObject[] };
  return redactor(items.filter(({ type }) => !type?.startsWith("helm.sh/")).flatMap(valuesOf));
}

function valuesOf({ data = {} }: SecretObject): string[] {
  return Object.entries(data)
    .filter(([key]) => !OPEN_KEYS.test(key))
    .flatMap(([, coded]) => {
      const value = Buffer.from(coded, "base64").toString();
      return [value, ...leavesOf(value)];
    });
}

/** The values inside of one that is JSON, such as a registry's logins. */
function leavesOf(value: string): string[] {
  if (!/^\s*[[{]/.test(value)) return [];
  const leaves: string[] = [];
  try {
    JSON.parse(value, (key, inner: unknown) => {
      if (typeof inner === "string" && !OPEN_KEYS.test(key)) leaves.push(inner);
      return inner;
    });
  } catch {
    return [];
  }
  return leaves;
}
