import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const DATE = "2017-07-17T11:17:49Z";

/** Checkouts in a folder of their own, none of which sees the machine's git settings. */
export interface Checkouts {
  readonly folder: string;
  /** Runs git in a checkout. */
  git(directory: string, ...args: string[]): string;
  /** A repository with one commit and no remote. */
  alone(name: string): string;
  /** A bare repository that takes pushes, with one commit. */
  remote(): string;
  /** A clone of it. */
  clone(name: string, ...args: string[]): string;
  /** Makes the remote refuse what a shell condition on `$ref` says, with a reason. */
  refuse(condition: string, reason: string): void;
  remove(): void;
}

function git(directory: string, ...args: string[]): string {
  return execFileSync("git", args, {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, GIT_COMMITTER_DATE: DATE, GIT_AUTHOR_DATE: DATE },
  }).trim();
}

/** Makes a folder for them. */
export function makeCheckouts(): Checkouts {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "checkouts-")));
  const before = process.env["GIT_CONFIG_GLOBAL"];
  process.env["GIT_CONFIG_GLOBAL"] = join(folder, "gitconfig");
  writeFileSync(
    join(folder, "gitconfig"),
    "[user]\nname = Ann\nemail = ann@example.com\n[init]\ndefaultBranch = master\n[maintenance]\nauto = false\n",
  );
  const alone = (name: string) => {
    const directory = join(folder, name);
    mkdirSync(directory);
    git(directory, "init", "-q");
    git(directory, "commit", "-q", "--allow-empty", "-m", "First");
    return directory;
  };
  const bare = join(folder, "remote.git");
  return {
    folder,
    git,
    alone,
    remote: () => {
      git(folder, "clone", "-q", "--bare", alone("first"), bare);
      return bare;
    },
    clone: (name, ...args) => {
      git(folder, "clone", "-q", ...args, `file://${bare}`, name);
      return join(folder, name);
    },
    refuse: (condition, reason) => {
      const lines = ["#!/bin/sh", `ref="$1"`, `if ${condition}; then echo "${reason}" >&2; exit 1; fi`];
      writeFileSync(join(bare, "hooks", "update"), `${lines.join("\n")}\n`, { mode: 0o755 });
    },
    remove: () => {
      if (before === undefined) delete process.env["GIT_CONFIG_GLOBAL"];
      else process.env["GIT_CONFIG_GLOBAL"] = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
