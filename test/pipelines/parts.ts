import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onPath } from "../../adapters/processes";
import { endUnlessThere } from "../support/parts";

/** Folder of the project. */
export const ROOT = join(__dirname, "../..");

/** The newest gitlab-ci-local that runs on Node.js 20. */
const GITLAB_CI_LOCAL = "gitlab-ci-local@4.70.1";

/** Debian's packages of programs that are not called as they are. */
const PACKAGES: Readonly<Record<string, string>> = { java: "default-jre-headless" };

/** Ends the run with exit code 3, and says why, where a program lacks. */
export function requirePrograms(...programs: readonly string[]): void {
  endUnlessThere(
    "test:pipelines",
    programs
      .filter((program) => !onPath(program))
      .map((program) => ({ part: program, how: `apt-get install ${PACKAGES[program] ?? program}` })),
  );
}

/** The file of a program that is there. */
export function whereOnPath(program: string): string {
  return execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
}

/** A new folder for temporary things. */
export function temporaryFolder(what: string): string {
  return mkdtempSync(join(tmpdir(), `stagewright-${what}-`));
}

/** Fetches packages from the npm registry into a folder; nothing of theirs is run. */
export function installPackages(folder: string, ...packages: readonly string[]): void {
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const { NODE_OPTIONS: _loaders, ...env } = process.env;
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
  const done = spawnSync("npm", ["install", ...options, ...packages], { cwd: folder, env, encoding: "utf8" });
  if (done.status === 0) {
    for (const spec of packages) process.stdout.write(`    with ${spec}\n`);
    return;
  }
  endUnlessThere("test:pipelines", [
    { part: packages.join(", "), how: "the npm registry, to be reached by npm" },
  ]);
}

/** Fetches gitlab-ci-local, and gives its entry. */
export function installGitLabCiLocal(folder: string): string {
  installPackages(folder, GITLAB_CI_LOCAL);
  return join(folder, "node_modules", "gitlab-ci-local", "dist", "index.js");
}

/** A `stagewright` that writes down how it was called, in a checkout with the pipelines alone. */
export class StandIn {
  readonly folder = temporaryFolder("pipelines");
  readonly command = join(this.folder, "bin", "stagewright");

  constructor(branch: string) {
    const checkout = this.checkout();
    mkdirSync(join(this.folder, "bin"));
    mkdirSync(checkout);
    for (const name of ["pipelines", ".gitlab-ci.yml", "package-lock.json"]) {
      cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
    }
    writeFileSync(join(checkout, ".gitignore"), "reports/\n.gitlab-ci-local/\n");
    const script = [
      "#!/bin/sh",
      `printf '%s\\n' "$*" >> "${this.folder}/calls"`,
      "mkdir -p reports",
      `case "$1 $2" in "review up") echo REVIEW_URL=https://x.blog.example.com > reports/review.env;; esac`,
      'case "$*" in *"$FAILS_AT"*) [ -z "$FAILS_AT" ] || exit 1;; esac',
      'echo "vault token: ${VAULT_TOKEN:-none}" >> "${0%/*}/../tokens"',
    ];
    writeFileSync(this.command, `${script.join("\n")}\n`, { mode: 0o755 });
    this.#git("init", "--quiet", "--initial-branch", branch);
    this.#git("add", ".");
    this.#git("commit", "--quiet", "--message", "All");
    this.#git("remote", "add", "origin", "https://gitlab.example.com/team/blog.git");
  }

  checkout(): string {
    return join(this.folder, "checkout");
  }

  #git(...args: readonly string[]): void {
    const identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
    execFileSync("git", [...identity, ...args], { cwd: this.checkout(), stdio: "ignore" });
  }

  /** Puts a file into the checkout. */
  write(name: string, content: string): void {
    writeFileSync(join(this.checkout(), name), content);
  }

  /** What gitlab-ci-local keeps of a job's report of variables. */
  dotenv(job: string): string {
    const reports = join(this.checkout(), ".gitlab-ci-local/artifacts", job, ".gitlab-ci-reports/dotenv");
    return readFileSync(join(reports, "reports/review.env"), "utf8");
  }

  /** How the stand-in was called, in order, since this was asked last. */
  calls(): string[] {
    return this.#taken("calls");
  }

  tokens(): string[] {
    return this.#taken("tokens");
  }

  #taken(name: string): string[] {
    const file = join(this.folder, name);
    try {
      return readFileSync(file, "utf8").trim().split("\n");
    } catch {
      return [];
    } finally {
      rmSync(file, { force: true });
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
