import { execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { pushImage, type Registry, startCraneRegistry } from "../../support/registries";
import { readRecords } from "./books";
import { type Contents, readContents, readTags, writeContents } from "./contents";
import { type Calls, Machine, type Place } from "./machine";
import { Route } from "./route";

const CLI = resolve(__dirname, "../../../dist/cli/main.js");
const PASSWORD = "password-of-the-test";
export const STACKS = ["test", "int"] as const;
export type Stack = (typeof STACKS)[number];

/** What a command line left behind. */
export interface Ended {
  /** Absent when it was killed. */
  readonly code?: number;
  readonly text: string;
  readonly calls: Calls;
}

/** A state that a project had. */
export interface Saved {
  readonly folder: string;
  readonly contents: Readonly<Record<Stack, Contents>>;
  readonly tags: Tags;
  /** Ids of the ledger's records. */
  readonly records: readonly string[];
}

/** `refs/tags/NAME` or `STACK:TAG`, and the object or digest that it names. */
export type Tags = ReadonlyMap<string, string>;

const KEPT = ["origin.git", "checkout", "other", "state"] as const;

/** A project of two stacks, with an origin, a registry for each stack and a route, all on this machine. */
export class Project {
  readonly machine = new Machine();
  readonly origin = join(this.machine.folder, "origin.git");
  readonly checkout = join(this.machine.folder, "checkout");
  /** A second clone, as of another person. */
  readonly other = join(this.machine.folder, "other");
  readonly route = new Route((stack) => this.deployed(stack as Stack));
  readonly #signed: boolean;
  #registries: Record<Stack, Registry>;
  #address = "";
  #minutes = 0;

  private constructor(signed: boolean, registries: Record<Stack, Registry>) {
    this.#signed = signed;
    this.#registries = registries;
  }

  /** Makes one with nothing released yet. `signed` says whether its images are to be signed. */
  static async create({ signed }: { readonly signed: boolean }): Promise<Project> {
    const project = new Project(signed, { test: await startSteadily(), int: await startSteadily() });
    project.#address = await project.route.start();
    project.#declare();
    return project;
  }

  #declare(): void {
    const { folder, state } = this.machine;
    mkdirSync(this.checkout);
    const write = (file: string, text: string) => writeFileSync(join(this.checkout, file), text);
    write("Pulumi.yaml", "name: blog\nruntime: nodejs\n");
    write("package.json", '{"name":"blog","version":"1.0.0"}\n');
    write(".gitignore", "reports/\n");
    if (this.#signed) {
      mkdirSync(join(folder, "keys"));
      execFileSync("cosign", ["generate-key-pair"], { cwd: join(folder, "keys"), env: this.#environment });
      cpSync(join(folder, "keys", "cosign.pub"), join(this.checkout, "cosign.pub"));
    }
    for (const stack of STACKS) {
      const repository = this.repository(stack);
      writeFileSync(join(state, `repository.${stack}`), `${repository}\n`);
      const settings = {
        image: { repository, ...(stack === "test" ? { context: "app" } : {}) },
        application: { host: `${stack}.example.com` },
        gateway: { name: "public", namespace: "gateway" },
        release: {
          rollback: "automatic",
          smoke: { checks: [{ path: "/" }] },
          ...(this.#signed ? { signing: { key: "cosign.pub" } } : {}),
        },
      };
      const config = Object.entries(settings).map(([key, value]) => [`blog:${key}`, value] as const);
      write(
        `Pulumi.${stack}.yaml`,
        stringify({ secretsprovider: "passphrase", config: Object.fromEntries(config) }),
      );
    }
    this.git(this.checkout, "init", "--quiet");
    this.git(folder, "init", "--quiet", "--bare", this.origin);
    this.git(this.checkout, "remote", "add", "origin", this.origin);
  }

  get #environment(): NodeJS.ProcessEnv {
    return {
      ...this.machine.environment,
      COSIGN_PASSWORD: PASSWORD,
      STAGEWRIGHT_SIGNING_KEY: join(this.machine.folder, "keys", "cosign.key"),
      STAGEWRIGHT_ROUTE_ADDRESS: this.#address,
    };
  }

  git(directory: string, ...args: string[]): string {
    const date = new Date(Date.parse("2026-07-01T10:00:00Z") + this.#minutes * 60_000).toISOString();
    return execFileSync("git", args, {
      cwd: directory,
      encoding: "utf8",
      env: { ...this.machine.environment, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      stdio: ["ignore", "pipe", "pipe"],
    }).trimEnd();
  }

  repository(stack: Stack): string {
    return `${this.#registries[stack].address}/blog`;
  }

  /** The digest that a stack runs. */
  deployed(stack: Stack): string {
    return this.machine.read(`deployed.${stack}`).split("@")[1] ?? "";
  }

  /** Commits a change of the application, pushes it, and gives the digest that its build has. */
  async change(text: string): Promise<string> {
    this.#minutes++;
    mkdirSync(join(this.checkout, "app"), { recursive: true });
    writeFileSync(join(this.checkout, "app", "index.html"), text);
    this.git(this.checkout, "add", "--all");
    this.git(this.checkout, "commit", "--quiet", "--message", text);
    this.git(this.checkout, "push", "--quiet", "origin", "HEAD");
    const digest = await pushImage(this.repository("test"), [{ "srv/index.html": text }]);
    writeFileSync(join(this.machine.state, "built"), digest);
    return digest;
  }

  /** Runs a command line to its end, which may be a violent one. */
  async stagewright(args: readonly string[], place?: Place, cwd = this.checkout): Promise<Ended> {
    const { env, calls } = this.machine.counted(place);
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd,
      env: { ...this.#environment, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
    }
    const code = await new Promise<number | null>((done) => child.on("close", done));
    return { ...(code === null ? {} : { code }), text, calls };
  }

  /** Runs a command that must succeed. */
  async must(...args: string[]): Promise<void> {
    const { code, text } = await this.stagewright(args);
    if (code !== 0) throw new Error(`stagewright ${args.join(" ")} ended with ${code}: ${text}`);
  }

  /** Does what a person does who is told to run a command. */
  async obey(command: string): Promise<Ended> {
    const [program = "", ...args] = command.split(" ");
    if (program === "stagewright") return this.stagewright([...args, "--yes"]);
    const { env, calls } = this.machine.counted();
    return {
      code: 0,
      text: execFileSync(program, args, { cwd: this.checkout, env, encoding: "utf8" }),
      calls,
    };
  }

  /** Every tag, in git and in the registries. */
  async tags(): Promise<Tags> {
    const refs = this.git(this.origin, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags");
    const tags = new Map(
      refs
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split(" ").toReversed() as [string, string]),
    );
    for (const stack of STACKS) {
      const { blog = {} } = await readTags(this.#registries[stack].address);
      for (const [tag, digest] of Object.entries(blog)) tags.set(`${stack}:${tag}`, digest);
    }
    return tags;
  }

  /** Locks of git and of the engine that nobody gave back. */
  leftLocks(): string[] {
    const files = [this.origin, this.checkout, this.machine.state].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
    );
    return files.filter((file) => /\.lock$|\/lock\.[^/]+$/.test(file));
  }

  /** Keeps the state as it is now. */
  async save(): Promise<Saved> {
    const folder = mkdtempSync(join(this.machine.folder, "saved-"));
    rmSync(this.other, { recursive: true, force: true });
    this.git(this.machine.folder, "clone", "--quiet", this.origin, this.other);
    for (const name of KEPT) {
      cpSync(join(this.machine.folder, name), join(folder, name), { recursive: true });
    }
    const contents = {
      test: await readContents(this.#registries.test.address),
      int: await readContents(this.#registries.int.address),
    };
    const records = readRecords(this).map((record) => (typeof record === "string" ? record : record.id));
    return { folder, contents, tags: await this.tags(), records };
  }

  /** Brings back a state, the registries included, and forgets what was proved. */
  async restore({ folder, contents }: Saved): Promise<void> {
    for (const name of KEPT) {
      rmSync(join(this.machine.folder, name), { recursive: true, force: true });
      cpSync(join(folder, name), join(this.machine.folder, name), { recursive: true });
    }
    for (const stack of STACKS) {
      const { address } = this.#registries[stack];
      await this.#registries[stack].stop();
      this.#registries[stack] = await startCraneRegistry(address);
      await writeContents(address, contents[stack]);
    }
    this.route.forget();
  }

  async remove(): Promise<void> {
    await Promise.all(STACKS.map((stack) => this.#registries[stack].stop()));
    await this.route.stop();
    this.machine.remove();
  }
}

/** Starts a registry whose address stays free between two starts: below the ports that machines give to connections. */
async function startSteadily(): Promise<Registry> {
  for (;;) {
    try {
      return await startCraneRegistry(`127.0.0.1:${randomInt(10_000, 30_000)}`);
    } catch (error) {
      if (!/address already in use/.test(String(error))) throw error;
    }
  }
}
