import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readConfiguration } from "../embedded/configuration";
import { readProject } from "../environments/project";
import { nodeArguments, ROOT } from "./project";

/** How the Pulumi Node host loads TypeScript: with the arguments of `Pulumi.yaml`, or its own default. */
export type Loader = "ours" | "ts-node";
/** Starts the program once and gives the CPU seconds of the process and its children. */
export type Start = (loader: Loader) => Promise<number>;

const execute = promisify(execFile);
const STACK = "test";

/**
 * Lends a way to start the project's program. `cached`: both loaders find what they compiled before, and ts-node
 * then checks no types either.
 */
export async function withStart<T>(cached: boolean, use: (start: Start) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "stagewright-bench-"));
  try {
    return await use(async (loader) => {
      const caches = join(folder, loader);
      if (!cached) await rm(caches, { recursive: true, force: true });
      await mkdir(caches, { recursive: true });
      return start(loader, caches);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function start(loader: Loader, caches: string): Promise<number> {
  const { name, main } = readProject(ROOT);
  const { values } = readConfiguration(ROOT, name, STACK);
  const command = [
    process.execPath,
    ...(loader === "ours" ? nodeArguments() : []),
    join(ROOT, "bench/host.cjs"),
    join(ROOT, main),
    name,
    STACK,
  ];
  // `times` knows what a process and all its children used; Node knows that only of itself.
  const { stdout } = await execute("sh", ["-c", '"$@" >/dev/null || exit; times', "sh", ...command], {
    cwd: ROOT,
    env: {
      ...process.env,
      PULUMI_NODEJS_TYPESCRIPT: String(loader === "ts-node"),
      PULUMI_CONFIG: JSON.stringify(values),
      // Both loaders keep their caches there.
      TMPDIR: caches,
    },
  });
  return cpuOf(stdout);
}

/** Seconds in the second line of `times`: user and system time of the shell's children. */
function cpuOf(times: string): number {
  const children = times.trim().split("\n")[1] ?? "";
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  if (parts.length !== 2) throw new Error(`times said: ${times}`);
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}
