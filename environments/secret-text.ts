import { isRandom, isUnguessable } from "./randomness";
import { TextLines } from "./text-lines";

/** A place in a text that looks like a secret; the value itself is never part of it. */
export interface SecretPlace {
  /** Counted from 1. */
  readonly line: number;
  /** What it looks like, such as "a GitHub token". */
  readonly what: string;
  /** The name it is given, where it has one. */
  readonly name?: string;
}

/** Said on the line itself, with a reason, of what only looks like a secret. */
const ADMITTED = /not a secret: \S/;

/** Forms that only tokens have. */
const TOKENS: readonly (readonly [what: string, form: RegExp])[] = [
  ["a Pulumi token", /\bpul-[0-9a-f]{40}\b/g],
  ["a Vault token", /\bhv[sbr]\.[\w-]{24,}/g],
  ["a GitHub token", /\b(?:gh[pousr]_\w{36,}|github_pat_\w{60,})/g],
  ["a GitLab token", /\bgl(?:pat|ptt|rt|dt|cbt|ft|soat)-[\w-]{20,}/g],
  ["an AWS access key", /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g],
  ["a Google key", /\bAIza[\w-]{35}\b/g],
  ["a Slack token", /\bxox[abeoprs]-[\w-]{20,}/g],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}\b/g],
  ["a PyPI token", /\bpypi-AgEI[\w-]{50,}/g],
  ["a Docker Hub token", /\bdckr_(?:pat|oat)_[\w-]{20,}/g],
  ["a SonarQube token", /\bsq[aup]_[0-9a-f]{40}\b/g],
  ["a Stripe key", /\b[rs]k_live_\w{20,}/g],
  ["a SendGrid key", /\bSG\.[\w-]{20,}\.[\w-]{20,}/g],
  ["an age key", /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/g],
  ["a signed token (JWT)", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g],
  [
    "a private key",
    // A header alone is how programs speak of keys; a key has a body.
    /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]|[\w-]+: [^\n\\]*)*[A-Za-z0-9+/]{20}/g,
  ],
];

const URL_WITH_PASSWORD = /:\/\/[^\s:@/'"`<>{}$]*:([^\s@/'"`<>]{3,})@[\w.[-]/g;

/** `name: value`, `NAME=value`, `"name" => 'value'`, from the end of the name on. */
const NAMED =
  /(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|credentials?)["'`]?\s*(?::=?|=>?)\s*(?:"([^"\n]{6,})"|'([^'\n]{6,})'|`([^`\n]{6,})`|([^\s"'`,;#]{6,}))/gi;

/** A run of letters that a random generator could have made. */
const RUN = /[A-Za-z0-9+/_-]{24,}={0,2}/g;

const HASH = /^sha\d+-/;

/** What stands before a random run that is harmless: hashes, ciphertexts, files, public keys. */
const HARMLESS_BEFORE =
  /(?:sha\d+:|\bh1:|\bsecure: v1:\S*|encryptionsalt: \S*|encryptedkey: \S*|;base64,|ssh-\w+ |\bmd5:)$/;

/** Every place in a text that looks like a secret. */
export function findSecretText(text: string): SecretPlace[] {
  const lines = new TextLines(text);
  const found = [
    ...tokens(text, lines),
    ...urls(text, lines),
    ...named(text, lines),
    ...random(text, lines),
  ].filter(({ line }) => !ADMITTED.test(lines.text(line)));
  // The first rule that speaks of a line says it best.
  const first = new Map<number, SecretPlace>();
  for (const place of found) if (!first.has(place.line)) first.set(place.line, place);
  return [...first.values()].toSorted((a, b) => a.line - b.line);
}

/** Whether a single value looks like a secret, whatever its name. */
export function looksSecret(value: string): boolean {
  return findSecretText(value).length > 0;
}

function tokens(text: string, lines: TextLines): SecretPlace[] {
  return TOKENS.flatMap(([what, form]) =>
    [...text.matchAll(form)].map(({ index }) => ({ line: lines.at(index), what })),
  );
}

function urls(text: string, lines: TextLines): SecretPlace[] {
  return [...text.matchAll(URL_WITH_PASSWORD)]
    .filter(([, password = ""]) => !isStandIn(password))
    .map(({ index }) => ({ line: lines.at(index), what: "a password in a URL" }));
}

function named(text: string, lines: TextLines): SecretPlace[] {
  return [...text.matchAll(NAMED)].flatMap((match) => {
    const [whole, ...values] = match;
    const value = values.find((one) => one !== undefined) ?? "";
    const bare = values.at(-1) !== undefined;
    if (isStandIn(value) || !isUnguessable(value) || isReference(value, bare)) return [];
    const name = nameAt(text, match.index, whole);
    return [{ line: lines.at(match.index), what: `a value that is named like a secret, ${name}`, name }];
  });
}

/** The whole name, of which a match begins with the last word. */
function nameAt(text: string, index: number, match: string): string {
  const before = /[\w.-]*$/.exec(text.slice(Math.max(0, index - 80), index))?.[0] ?? "";
  return before + (/^[\w-]+/.exec(match)?.[0] ?? "");
}

function random(text: string, lines: TextLines): SecretPlace[] {
  return [...text.matchAll(RUN)]
    .filter(({ 0: run, index }) => {
      if (!isRandom(run) || HASH.test(run)) return false;
      const start = text.lastIndexOf("\n", index) + 1;
      return !HARMLESS_BEFORE.test(text.slice(Math.max(start, index - 200), index)) && !inBlock(text, index);
    })
    .map(({ index }) => ({ line: lines.at(index), what: "a random string" }));
}

/** Values that stand for another one, or say that there is none. */
export function isStandIn(value: string): boolean {
  return (
    /[$%]\{|\$\(|^\$[A-Za-z_]|\{\{|^<.*>$|^\[.*\]$|^%|…|\.{3}|\*{3}|^(?:x+|[A-Z][A-Z_-]*)$/.test(value) ||
    /^(?:(?:your|my|the|some|example|sample|dummy|fake)[-_ ]?)*(?:pass(?:word|wd|phrase)?|secret|token|key|user)$/i.test(
      value,
    )
  );
}

/** What names a secret, reads one or describes one, as programs do. */
function isReference(value: string, bare: boolean): boolean {
  return (
    /\s/.test(value.trim()) ||
    (bare && /[()<>{}[\]|?]/.test(value)) ||
    /^(?:[\w$-]+(?:\.[\w$-]+)+|\.{0,2}\/[\w./-]+)$/.test(value)
  );
}

/** Certificates and public keys are meant to be read, and of a private key the first line tells. */
function inBlock(text: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - 8192), index);
  const begin = before.lastIndexOf("-----BEGIN ");
  return begin >= 0 && !before.includes("-----END ", begin);
}
