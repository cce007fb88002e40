import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { call, type Said } from "./call";
import { type Canaries, hatch, Sweep } from "./canaries";
import { Passphrase } from "./passphrase";

const root = join(__dirname, "..", "..");
const PASSPHRASE = "only for this test";

/** A stack file's `config` block. */
export type Config = Record<string, unknown>;

/** A project with canaries where real secrets are: encrypted in the stack file, and in variables. */
export class CanaryProject {
  readonly canaries: Canaries = hatch();
  readonly sweep = new Sweep(this.canaries);
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "canaries-")));
  readonly #key = new Passphrase(PASSPHRASE);
  readonly #outside = process.cwd();
  readonly #environment = { ...process.env };
  #answers = 0;

  constructor() {
    const { folder, canaries } = this;
    for (const file of ["Pulumi.yaml", "package.json"]) copyFileSync(join(root, file), join(folder, file));
    symlinkSync(join(root, "index.ts"), join(folder, "index.ts"));
    writeFileSync(join(folder, ".gitignore"), "rendered/\nbin/\n");
    mkdirSync(join(folder, "bin"));
    this.declare();
    this.git("init", "-q", "-b", "main");
    this.git("add", "--all");
    this.git("commit", "-q", "-m", "All");
    Object.assign(process.env, {
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      KUBECONFIG: join(folder, "bin", "kubeconfig"),
      PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
      VAULT_TOKEN: canaries["Vault value"],
      REGISTRY_PASSWORD: canaries["registry password"],
      STAGEWRIGHT_NEW_PASSPHRASE: canaries["build secret"],
    });
    process.chdir(folder);
  }

  remove(): void {
    process.chdir(this.#outside);
    for (const name of Object.keys(process.env)) if (!(name in this.#environment)) delete process.env[name];
    Object.assign(process.env, this.#environment);
    rmSync(this.folder, { recursive: true });
  }

  git(...args: string[]): string {
    const identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
    return execFileSync("git", [...identity, ...args], { cwd: this.folder, encoding: "utf8", stdio: "pipe" });
  }

  /** Writes the file of stack test, with two canaries in it, encrypted as Pulumi does it. */
  declare(change: (config: Config) => void = () => undefined): void {
    const { config } = parse(readFileSync(join(root, "Pulumi.test.yaml"), "utf8")) as { config: Config };
    config["stagewright:secrets"] = {
      application: {
        "signing-secret": { secure: this.#key.encrypt(this.canaries["stack secret"]) },
        "tls.key": { secure: this.#key.encrypt(this.canaries["TLS key"]) },
      },
    };
    change(config);
    const content = stringify({ encryptionsalt: this.#key.salt, config });
    writeFileSync(join(this.folder, "Pulumi.test.yaml"), content);
  }

  /** Puts a program on PATH that prints one text for each word that its arguments hold; the first that fits counts. */
  fake(name: string, answers: Readonly<Record<string, string>>, code = 0): void {
    const cases = Object.entries(answers).map(([words, text]) => {
      const file = join(this.folder, "bin", `answer-${this.#answers++}`);
      writeFileSync(file, text);
      return `*"${words}"*) cat "${file}"; exit ${words === "--json" ? code : 0};;`;
    });
    const script = ["#!/bin/sh", 'case "$*" in', ...cases, "esac", "exit 0", ""];
    const file = join(this.folder, "bin", name);
    // In the place of one that may still be running.
    writeFileSync(`${file}.new`, script.join("\n"), { mode: 0o755 });
    renameSync(`${file}.new`, file);
  }

  /** What a command said, on both channels, for people and with `--json`; it begins with its exit codes. */
  async said(...argv: string[]): Promise<string> {
    const forms: Said[] = [];
    for (const form of [argv, [...argv, "--json"]]) forms.push(await call(...form));
    const codes = forms.map(({ code }) => code);
    const text = forms.flatMap(({ out, err }) => [out, err]);
    return `exit ${codes.join(" and ")}\n${text.join("\n")}`;
  }
}
