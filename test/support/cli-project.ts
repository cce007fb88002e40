import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakePrograms } from "./programs";

const root = join(__dirname, "..", "..");

/** The stacks of the repository. */
export const STACKS = ["test", "int", "prod"];

/**
 * A project of its own, which the process is in until it is removed: the repository's stacks and program, nobody at the
 * terminal, and no programs but git and an engine that must not be called, or else is found out.
 */
export class CliProject {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "cli-")));
  readonly programs = fakePrograms("git");
  readonly #outside = process.cwd();
  readonly #terminal = Object.getOwnPropertyDescriptor(process.stdin, "isTTY");

  constructor() {
    for (const file of ["Pulumi.yaml", "package.json", ...STACKS.map((stack) => `Pulumi.${stack}.yaml`)]) {
      copyFileSync(join(root, file), join(this.folder, file));
    }
    symlinkSync(join(root, "index.ts"), join(this.folder, "index.ts"));
    this.programs.write("pulumi", "exit 1");
    process.chdir(this.folder);
    Object.defineProperty(process.stdin, "isTTY", { value: false, configurable: true });
  }

  remove(): void {
    process.chdir(this.#outside);
    this.programs.remove();
    if (this.#terminal) Object.defineProperty(process.stdin, "isTTY", this.#terminal);
    else Reflect.deleteProperty(process.stdin, "isTTY");
    rmSync(this.folder, { recursive: true });
  }

  get engineWasCalled(): boolean {
    return this.programs.calls("pulumi").length > 0;
  }

  /** Runs git, without the machine's own settings, and gives what it said. */
  git(...args: string[]): string {
    const date = "2017-07-17T11:17:49Z";
    return execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], {
      cwd: this.folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: {
        ...process.env,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_COMMITTER_DATE: date,
        GIT_AUTHOR_DATE: date,
      },
    }).trim();
  }

  /** Makes a commit that holds all. */
  commit(): void {
    writeFileSync(join(this.folder, ".gitignore"), "rendered/\n");
    this.git("init", "-q", "-b", "master");
    this.git("add", ".");
    this.git("commit", "-q", "-m", "All");
  }

  /** Changes a stack's file. */
  configure(stack: string, from: RegExp, to: string): void {
    const file = join(this.folder, `Pulumi.${stack}.yaml`);
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  }
}
