import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Folder of the project. */
export const ROOT = join(__dirname, "../..");
const GENERATED = ["node_modules", ".git", "dist", "rendered", "coverage", "state"];
const execute = promisify(execFile);

/** What a finished command printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, without the loaders of this test run. */
export async function run(cwd: string, command: string, ...args: string[]): Promise<Printed> {
  const { NODE_OPTIONS: _loaders, ...env } = process.env;
  return execute(command, args, { cwd, env, maxBuffer: 2 ** 26 });
}

/** A new folder for temporary things. */
export async function temporaryFolder(what: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `stagewright-${what}-`));
}

/** Copies the sources, without anything that was generated here before, so that nothing stale is packed. */
export async function copySources(to: string): Promise<void> {
  await cp(ROOT, to, {
    recursive: true,
    filter: (path) => !GENERATED.some((name) => path === join(ROOT, name)),
  });
  await symlink(join(ROOT, "node_modules"), join(to, "node_modules"));
}

/** A file that `npm pack` lists. */
export interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Runs `npm pack`. */
export async function pack(project: string, destination: string): Promise<Packed> {
  const { stdout } = await run(project, "npm", "pack", "--json", "--pack-destination", destination);
  // Scripts that npm runs before it packs print to the same stream.
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as Packed[];
  if (!packed) throw new Error(`npm pack said: ${stdout}`);
  return packed;
}

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Makes an empty project with the package and its peers, in the versions that we develop with. */
export async function install(project: string, tarball: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Manifest;
  const version = (name: string) => `${name}@${manifest.devDependencies[name] ?? "latest"}`;
  const others = [...Object.keys(manifest.peerDependencies), "typescript", "@types/node"].map(version);
  await mkdir(project);
  await writeFile(join(project, "package.json"), '{ "name": "consumer", "private": true }\n');
  await run(project, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", tarball, ...others);
}
