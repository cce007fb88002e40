import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What a canary stands for. */
export const KINDS = [
  "stack secret",
  "Vault value",
  "database password",
  "registry password",
  "build secret",
  "TLS key",
] as const;
/** What a canary stands for. */
export type Kind = (typeof KINDS)[number];

/** A made-up secret that is known to the byte, so that it is found wherever it went. */
export type Canaries = Readonly<Record<Kind, string>>;

/** A place where a canary was found; never with the canary itself. */
export interface Hit {
  readonly kind: Kind;
  readonly form: string;
  readonly where: string;
}

/** Fresh canaries with 90 random bits and more, and signs that every encoding writes in its own way. */
export function hatch(): Canaries {
  return Object.fromEntries(
    KINDS.map((kind) => [kind, kind === "TLS key" ? pem(randomValue()) : randomValue()]),
  ) as Canaries;
}

function randomValue(): string {
  const random = randomBytes(16).toString("base64url").replace(/[-_]/g, "q");
  return `${random.slice(0, 11)}/+"\\&<ü%${random.slice(11)}`;
}

/** A key as files hold it: of several lines. Its first line alone is no secret. */
function pem(value: string): string {
  const body = Buffer.from(value).toString("base64");
  return `${body}\n${randomBytes(24).toString("base64")}\n`;
}

/** Finds what {@link hatch} made, in any of its forms. */
export class Sweep {
  readonly #forms: readonly { readonly kind: Kind; readonly form: string; readonly bytes: Buffer }[];

  constructor(canaries: Canaries) {
    this.#forms = KINDS.flatMap((kind) =>
      [...formsOf(canaries[kind])].map(([form, text]) => ({ kind, form, bytes: Buffer.from(text) })),
    );
  }

  /** The hits in one text or file. */
  text(content: string | Buffer, where: string): Hit[] {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    return this.#forms
      .filter(({ bytes: form }) => bytes.includes(form))
      .map(({ kind, form }) => ({ kind, form, where }));
  }

  /** The hits in all files of a folder, names included; links are not followed. */
  folder(folder: string, skip: readonly string[] = []): Hit[] {
    return walk(folder, skip).flatMap((file) => {
      const where = relative(folder, file);
      return [...this.text(where, `the name ${where}`), ...this.text(readFileSync(file), where)];
    });
  }
}

function walk(folder: string, skip: readonly string[]): string[] {
  return readdirSync(folder)
    .filter((name) => !skip.includes(name))
    .flatMap((name) => {
      const path = join(folder, name);
      const entry = lstatSync(path);
      if (entry.isDirectory()) return walk(path, skip);
      return entry.isFile() ? [path] : [];
    });
}

/** Every form that a value may be met in, by name; no two are the same text. */
export function formsOf(value: string): Map<string, string> {
  const forms = new Map<string, string>();
  const add = (name: string, text: string) => {
    if (![...forms.values()].some((known) => text.includes(known))) forms.set(name, text);
  };
  // Half of it is enough, and knows nothing of how the signs in its middle are written.
  for (const [index, part] of (value.match(/[A-Za-z0-9]{10,}/g) ?? []).entries()) add(`part ${index}`, part);
  add("plain", value);
  const json = JSON.stringify(value).slice(1, -1);
  add("JSON", json);
  add("JSON in JSON", JSON.stringify(json).slice(1, -1));
  add("JSON by Go", json.replaceAll("&", "\\u0026").replaceAll("<", "\\u003c").replaceAll(">", "\\u003e"));
  add("URL", encodeURIComponent(value));
  add("form", new URLSearchParams({ value }).toString().slice("value=".length));
  add("XML", value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;"));
  const bytes = Buffer.from(value);
  add("hex", bytes.toString("hex"));
  add("HEX", bytes.toString("hex").toUpperCase());
  for (const offset of [0, 1, 2]) {
    const core = base64Core(bytes, offset);
    add(`base64 after ${offset}`, core);
    add(`base64url after ${offset}`, core.replaceAll("+", "-").replaceAll("/", "_"));
    for (const outer of [0, 1, 2]) {
      add(`base64 after ${offset} in base64 after ${outer}`, base64Core(Buffer.from(core), outer));
    }
  }
  return forms;
}

/** What base64 makes of bytes with others around them, less the signs that the others have a part in. */
function base64Core(bytes: Buffer, offset: number): string {
  const coded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const end = (offset + bytes.length) % 3 === 0 ? coded.length : -1;
  return coded.slice(offset === 0 ? 0 : offset + 1, end);
}
