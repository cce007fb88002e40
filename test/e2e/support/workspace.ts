import { execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { target } from "./target";

const ROOT = resolve(__dirname, "../../..");
const IDENTITY = ["-c", "user.name=End to end", "-c", "user.email=e2e@example.com"];

/** Passphrase of the throw-away stacks. */
export const PASSPHRASE = "only-for-end-to-end";

/** What a command line left behind. */
export interface Ended {
  readonly code: number;
  readonly text: string;
  /** The objects that `--json` printed. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** The last one, when it is a result. */
  readonly result: Readonly<Record<string, unknown>>;
}

/** A clone of the committed project with a state of its own. */
export class Workspace {
  readonly directory: string;

  /** Clones `from`, the project itself at first, so that what runs is what is committed. */
  constructor(from = ROOT) {
    this.directory = mkdtempSync(join(tmpdir(), "stagewright-e2e-"));
    execFileSync("git", ["clone", "--quiet", from, this.directory]);
    // Pipelines check out a commit of no branch; a version names one.
    execFileSync("git", ["switch", "--quiet", "--force-create", "main"], { cwd: this.directory });
    writeFileSync(join(this.directory, ".git/info/exclude"), "node_modules\n");
    symlinkSync(join(ROOT, "node_modules"), join(this.directory, "node_modules"));
  }

  /** The same commit, cloned again with other file times, and with this one's state. */
  again(): Workspace {
    const other = new Workspace(this.directory);
    const past = new Date("2001-01-01T00:00:00Z");
    for (const file of other.git("ls-files").split("\n")) utimesSync(join(other.directory, file), past, past);
    cpSync(join(this.directory, "state"), join(other.directory, "state"), { recursive: true });
    return other;
  }

  git(...args: string[]): string {
    return execFileSync("git", [...IDENTITY, ...args], {
      cwd: this.directory,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    }).trim();
  }

  read(file: string): string {
    return readFileSync(join(this.directory, file), "utf8");
  }

  /** Changes a file and commits it. */
  commit(file: string, content: string): void {
    mkdirSync(join(this.directory, file, ".."), { recursive: true });
    writeFileSync(join(this.directory, file), content);
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", `Change ${file}`);
  }

  /** Declares a stack from the committed test stack, fitted to the cluster at hand, and commits its file. */
  declare(stack: string, change: (config: Config) => void = () => undefined): void {
    const { config } = parse(this.read("Pulumi.test.yaml")) as { config: Record<string, unknown> };
    const [namespace = "", name = ""] = target.gateway.split("/");
    const fitted: Config = {
      ...config,
      "stagewright:environment": "test",
      "stagewright:image": {
        repository: target.repository,
        context: "examples/blog",
        builder: {
          ...(target.builder ? { name: target.builder } : {}),
          ...(target.baseImage ? { arguments: { BASE: target.baseImage } } : {}),
        },
      },
      "stagewright:application": { host: `${stack}.example.com`, env: { BLOG_SLOW_PAGE: "1" } },
      "stagewright:gateway": { name, namespace },
      "stagewright:database": target.postgresImage ? { image: target.postgresImage } : {},
      "stagewright:secrets": {},
    };
    change(fitted);
    writeFileSync(join(this.directory, `Pulumi.${stack}.yaml`), stringify({ config: fitted }));
    this.pulumi("stack", "init", stack, "--no-select");
    for (const [key, value] of Object.entries(SECRETS)) this.keep(stack, key, value);
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", `Declare ${stack}`);
  }

  /** Changes a stack's declaration and commits it. */
  redeclare(stack: string, change: (config: Config) => void): void {
    const content = parse(this.read(`Pulumi.${stack}.yaml`)) as { config: Config };
    change(content.config);
    this.commit(`Pulumi.${stack}.yaml`, stringify(content));
  }

  /** Sets a secret, of the application or in another folder, given on the engine's input. */
  keep(stack: string, key: string, value: string, folder = "application"): void {
    const path = `secrets.${folder}.${key}`;
    execFileSync(
      "pulumi",
      ["config", "set", "--stack", stack, "--secret", "--path", path, "--non-interactive"],
      {
        cwd: this.directory,
        env: this.environment(),
        input: value,
      },
    );
  }

  /** Runs the engine itself, as people do without our command. */
  pulumi(...args: string[]): string {
    return execFileSync("pulumi", [...args, "--non-interactive"], {
      cwd: this.directory,
      encoding: "utf8",
      env: this.environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Runs our command with `--json`; `onEvent` sees each line as it comes and may interrupt the process. */
  async stagewright(
    args: readonly string[],
    onEvent: (line: string, pid: number) => void = () => undefined,
  ): Promise<Ended> {
    const child = spawn(process.execPath, ["--import", "tsx", "cli/main.ts", ...args, "--json"], {
      cwd: this.directory,
      env: this.environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    const listen = (chunk: Buffer) => {
      text += chunk.toString();
      for (const line of chunk.toString().split("\n")) onEvent(line, child.pid ?? 0);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    const code = await new Promise<number>((done) => child.on("close", (ended) => done(ended ?? 1)));
    const events = text
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { code, text, events, result: events.findLast(({ event }) => event === "result") ?? {} };
  }

  private environment(): NodeJS.ProcessEnv {
    return { ...process.env, PULUMI_CONFIG_PASSPHRASE: PASSPHRASE, PULUMI_SKIP_UPDATE_CHECK: "true" };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A stack file's `config` block. */
export type Config = Record<string, unknown>;

/** The secrets that every end-to-end stack gets; they are canaries too. */
export const SECRETS = {
  "signing-secret": "canary-Zk3vQ9xT7-signing", // not a secret: a canary
  "author-password": "canary-Rw8mB2nL5-author", // not a secret: a canary
} as const;
