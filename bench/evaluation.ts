import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Cost, Registered } from "./child";
import { nodeArguments, ROOT } from "./project";

export type { Cost } from "./child";
/** Our components, or the same objects without them. */
export type Side = "ours" | "raw";

const execute = promisify(execFile);

/** Fails unless both programs register the same objects: a comparison of different things says nothing. */
export async function assertSameObjects(applications: number): Promise<void> {
  const ours = await objectsOf("ours", applications);
  const raw = await objectsOf("raw", applications);
  const found = differences("", ours, raw);
  if (found.length === 0) return;
  throw new Error(`bench/raw must register what our components register:\n${found.join("\n")}`);
}

function differences(path: string, ours: unknown, raw: unknown): string[] {
  if (isObject(ours) && isObject(raw)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(raw)]);
    return [...keys].flatMap((key) => differences(`${path}/${key}`, ours[key], raw[key]));
  }
  const [a, b] = [JSON.stringify(ours), JSON.stringify(raw)];
  return a === b ? [] : [`${path}\n  ours ${a}\n  raw  ${b}`];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Runs one program in a process of its own. */
export async function evaluate(side: Side, applications: number): Promise<Cost> {
  return JSON.parse(await child(side, String(applications))) as Cost;
}

async function objectsOf(side: Side, applications: number): Promise<Record<string, unknown>> {
  const objects = JSON.parse(await child(side, String(applications), "record")) as Registered[];
  return Object.fromEntries(objects.map(({ type, name, inputs }) => [`${type} ${name}`, inputs]));
}

async function child(...args: string[]): Promise<string> {
  const { stdout } = await execute(
    process.execPath,
    [...nodeArguments(), join(ROOT, "bench/child.ts"), ...args],
    { cwd: ROOT, maxBuffer: 2 ** 28 },
  );
  return stdout;
}
