import { type Kubectl, kubectl } from "../adapters/kubectl";

const LINES = 400;
const SHOWN = 3;

/**
 * What the process that archives last complained of. A Backup says only `exit status 1`; the reason is in this log
 * alone.
 */
export async function lastWordsOfPlugin(
  client: Kubectl,
  namespace: string,
  pod: string,
  container = "plugin-barman-cloud",
): Promise<string[]> {
  const args = ["logs", pod, "--namespace", namespace, "--container", container, "--tail", String(LINES)];
  const text = (await kubectl(client, ...args)) ?? "";
  const complaints = text.split("\n").flatMap(complaintOf);
  return [...new Set(complaints)].slice(-SHOWN);
}

function complaintOf(line: string): string[] {
  const entry = parse(line);
  if (entry === undefined) return [];
  const [message, error] = [textOf(entry["msg"]), textOf(entry["error"])];
  if (entry["level"] !== "error" && !/error|denied|refused|invalid/i.test(`${message}${error}`)) return [];
  return [[message, error].filter((part) => part !== "").join(": ")];
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = JSON.parse(line);
    return typeof content === "object" && content !== null ? (content as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
