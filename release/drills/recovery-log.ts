import { type Kubectl, type KubeObject, kubectl } from "../../adapters/kubectl";

interface Entry {
  readonly level?: string;
  readonly msg?: string;
  readonly error?: string;
  readonly record?: { readonly error_severity?: string; readonly message?: string };
}

const LINES = 1000;
const RESTORED = /^restored log file "([0-9A-F]{24})" from archive$/;
const TROUBLE = /error|fail|not found|corrupt|invalid/i;
const TARGET_MISSED = "recovery ended before configured recovery target was reached";

/** Why a pod that restores has failed, in the words of PostgreSQL and of what reads the archive. */
export async function reasonOf(client: Kubectl, namespace: string, pod: KubeObject): Promise<string> {
  const args = [
    "logs",
    pod.metadata.name,
    "--namespace",
    namespace,
    "--all-containers",
    "--tail",
    String(LINES),
  ];
  const log = (await kubectl(client, ...args)) ?? "";
  return (
    explain(log) ?? `${pod.metadata.name} failed, and its log does not say why: kubectl ${args.join(" ")}`
  );
}

/** What a recovery's log says of its failure; `undefined` when it says nothing. */
export function explain(log: string): string | undefined {
  const entries = log.split("\n").flatMap(parse);
  const postgres = entries.flatMap(({ record }) => (record === undefined ? [] : [record]));
  const fatal = postgres.findLast(({ error_severity }) =>
    /^(FATAL|PANIC)$/.test(error_severity ?? ""),
  )?.message;
  if (fatal?.includes(TARGET_MISSED)) {
    const last = postgres.flatMap(({ message = "" }) => RESTORED.exec(message)?.[1] ?? []).at(-1);
    const missing = last === undefined ? undefined : nextFile(last);
    return [
      last === undefined
        ? "the log cannot be replayed up to the target, not even its first file"
        : `the log cannot be replayed up to the target: file ${missing} is missing or damaged, ${last} was the last one read`,
      ...(missing === undefined ? [] : wordsAbout(missing, log)),
    ].join("; ");
  }
  const words = [...(fatal === undefined ? [] : [fatal]), ...complaints(entries)];
  return words.length > 0 ? `the restore failed: ${words.join("; ")}` : undefined;
}

/** The last thing that whoever reads the archive said of a file that it could not give. */
function wordsAbout(file: string, log: string): string[] {
  const lines = log.split("\n").filter((line) => line.includes(file) && !line.includes('"record"'));
  const told = lines.flatMap(parse).filter(({ msg = "", error = "" }) => TROUBLE.test(`${msg}${error}`));
  return told.map(textOf).slice(-1);
}

/** What others complained of, each once, the last ones. */
function complaints(entries: readonly Entry[]): string[] {
  const told = entries.filter(({ level, record }) => record === undefined && level === "error").map(textOf);
  return [...new Set(told)].slice(-2);
}

const textOf = ({ msg = "", error = "" }: Entry) => [msg, error].filter((part) => part !== "").join(": ");

function parse(line: string): Entry[] {
  try {
    const content: unknown = JSON.parse(line);
    return typeof content === "object" && content !== null ? [content] : [];
  } catch {
    return [];
  }
}

const hex = (value: bigint) => value.toString(16).toUpperCase().padStart(8, "0");

/** The file of the log that follows; a log id has 256 segments of 16 MB. */
export function nextFile(file: string): string {
  const [timeline, log, segment] = [file.slice(0, 8), file.slice(8, 16), file.slice(16)];
  const next = (BigInt(`0x${log}`) << 8n) + BigInt(`0x${segment}`) + 1n;
  return `${timeline}${hex(next >> 8n)}${hex(next & 255n)}`;
}
