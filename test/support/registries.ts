import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

/** A registry on the loopback. */
export interface Registry {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  stop(): Promise<void>;
}

const execute = promisify(execFile);
/** Any port of the loopback that is free. */
const FREE = "127.0.0.1:0";
/** Far more than a busy machine needs: only one that hangs is ended. */
const START_MILLISECONDS = 60_000;

/** The registry that crane brings: no referrers API, so tags stand in for it. Without an address it gets a free one. */
export async function startCraneRegistry(given = FREE): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), "registry-"));
  return started(folder, "crane", ["registry", "serve", "--address", given, "--disk", folder]);
}

/** Docker's own registry, as Debian ships it; `users` is a file as of htpasswd. */
export async function startDockerRegistry(users?: string): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), "registry-"));
  const config = {
    version: "0.1",
    // At this level it tells where it listens.
    log: { level: "info", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: { addr: FREE },
    ...(users === undefined ? {} : { auth: { htpasswd: { realm: "test", path: join(folder, "users") } } }),
  };
  await writeFile(join(folder, "users"), users ?? "");
  // JSON is YAML.
  await writeFile(join(folder, "config.yml"), JSON.stringify(config));
  return started(folder, "docker-registry", ["serve", join(folder, "config.yml")]);
}

async function started(folder: string, command: string, args: string[]): Promise<Registry> {
  const child = spawn(command, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { address: `127.0.0.1:${await portSaid(child, command)}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Where a registry listens, by its own words: a port that is chosen for it can be another one's by then, who would
 * answer in its place.
 */
function portSaid(child: ChildProcess & { readonly stderr: Readable }, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => child.kill("SIGKILL"), START_MILLISECONDS);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const port = /(?:serving on port |listening on \S+:)(\d+)\D/.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      child.stderr.removeAllListeners("data").resume();
      resolve(port);
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      reject(new Error(`${command} does not listen: ${said}`));
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await end;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Pushes an image of layers that hold these files each, and gives its digest. */
export async function pushImage(
  repository: string,
  layers: readonly Readonly<Record<string, string | Buffer>>[],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "image-"));
  try {
    const archives = await Promise.all(layers.map((files, index) => layer(folder, index, files)));
    const target = `${repository}:pushed`;
    const append = ["append", "--oci-empty-base", "-t", target, ...archives.flatMap((file) => ["-f", file])];
    const { stdout } = await execute("crane", append);
    return stdout.trim().split("@")[1] ?? "";
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function layer(
  folder: string,
  index: number,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<string> {
  const root = join(folder, String(index));
  for (const [path, content] of Object.entries(files)) {
    await execute("mkdir", ["-p", join(root, path, "..")]);
    await writeFile(join(root, path), content);
  }
  const archive = `${root}.tar`;
  await execute("tar", ["--create", "--file", archive, "--directory", root, ...Object.keys(files)]);
  return archive;
}
