import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import { readLedger } from "../../release/ledger";
import type { DeploymentRecord } from "../../release/records";
import { type Checkouts, makeCheckouts } from "./checkouts";
import { Loopback } from "./loopback";
import { BUILDER, CLUSTER, ENGINE, REGISTRY } from "./stand-ins";

const STACKS = ["test", "int"] as const;
type Stack = (typeof STACKS)[number];

/** A project of two stacks, whose git is real, and whose engine, cluster and registries are stand-ins. */
export class Errands {
  readonly told: string[] = [];
  readonly progress = {
    step: (text: string) => void this.told.push(text),
    warn: (text: string) => void this.told.push(`warning: ${text}`),
  };
  /** Digests whose application fails its smoke test. */
  readonly broken = new Set<string>();
  readonly #checkouts: Checkouts = makeCheckouts();
  readonly #route = new Loopback();
  readonly #before = new Map<string, string | undefined>();
  directory = "";
  address = "";

  /** Makes the project, with nothing released yet. `release` is what its stacks declare on top of their smoke test. */
  async start(release: Readonly<Partial<Record<Stack, object>>> = {}): Promise<void> {
    const { folder } = this.#checkouts;
    // Without a remote, as what is told apart here does not need one, and git answers sooner.
    this.directory = this.#checkouts.alone("checkout");
    for (const name of ["bin", "state"]) mkdirSync(join(folder, name));
    const scripts = { pulumi: ENGINE, kubectl: CLUSTER, docker: BUILDER, crane: REGISTRY, oras: REGISTRY };
    for (const [name, script] of Object.entries(scripts)) {
      writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${script}`, { mode: 0o755 });
    }
    writeFileSync(join(folder, "kubeconfig"), "current-context: kind\n");
    this.#set("PATH", `${join(folder, "bin")}${delimiter}${process.env["PATH"]}`);
    this.#set("STATE", join(folder, "state"));
    this.#set("KUBECONFIG", join(folder, "kubeconfig"));
    this.#set("PULUMI_CONFIG_PASSPHRASE", "of-the-test");
    this.address = await this.#route.start(({ headers }) => {
      const stack = headers.host?.split(".")[0] as Stack;
      return { status: this.broken.has(this.deployed(stack) ?? "") ? 500 : 200 };
    });
    this.#declare(release);
  }

  #declare(release: Readonly<Partial<Record<Stack, object>>>): void {
    const write = (file: string, text: string) => writeFileSync(join(this.directory, file), text);
    write("Pulumi.yaml", "name: blog\nruntime: nodejs\n");
    write("package.json", '{"version":"1.0.0"}\n');
    write(".gitignore", "reports/\n");
    for (const stack of STACKS) {
      const repository = `${stack}.registry.example.com/blog`;
      writeFileSync(join(this.#checkouts.folder, "state", `repository.${stack}`), repository);
      const config = {
        "blog:image": { repository, ...(stack === "test" ? { context: "app" } : {}) },
        "blog:application": { host: `${stack}.example.com` },
        "blog:gateway": { name: "public", namespace: "gateway" },
        "blog:release": { smoke: { checks: [{ path: "/" }] }, ...release[stack] },
      };
      write(`Pulumi.${stack}.yaml`, stringify({ secretsprovider: "passphrase", config }));
    }
  }

  #set(name: string, value: string): void {
    this.#before.set(name, process.env[name]);
    process.env[name] = value;
  }

  /** Commits a change whose build gives this digest, and gives the commit. */
  commit(digest: string): string {
    appendFileSync(join(this.directory, "CHANGES"), `${digest}\n`);
    this.#checkouts.git(this.directory, "add", "--all");
    this.#checkouts.git(this.directory, "commit", "-q", "-m", digest);
    writeFileSync(join(this.#checkouts.folder, "state", "built"), digest);
    return this.#checkouts.git(this.directory, "rev-parse", "HEAD");
  }

  /** Runs git in the checkout. */
  git(...args: string[]): string {
    return this.#checkouts.git(this.directory, ...args);
  }

  /** Lets the engine be locked by another one, as one that was killed leaves it. */
  lockEngine(stack: Stack): void {
    writeFileSync(join(this.#checkouts.folder, "state", `lock.${stack}`), "");
  }

  /** Lets a shell script run in the checkout while something is deployed. */
  meanwhile(script: string): void {
    writeFileSync(join(this.#checkouts.folder, "state", "meanwhile"), `cd "${this.directory}"\n${script}\n`);
  }

  /** Deploys an image as somebody does who asks nobody. */
  deployPast(stack: Stack, digest: string): void {
    writeFileSync(
      join(this.#checkouts.folder, "state", `deployed.${stack}`),
      `${stack}.registry.example.com/blog@${digest}`,
    );
  }

  /** The digest that a stack runs. */
  deployed(stack: Stack): string | undefined {
    return this.#read(`deployed.${stack}`)?.split("@")[1];
  }

  /** The digest that a tag names in a stack's registry. */
  tagged(stack: Stack, tag: string): string | undefined {
    return this.#read(`tag.${stack}.registry.example.com_blog_${tag}`);
  }

  #read(name: string): string | undefined {
    const file = join(this.#checkouts.folder, "state", name);
    return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  }

  /** The ledger, the oldest record first. */
  records(): Promise<readonly DeploymentRecord[]> {
    return readLedger(this.directory, this.progress);
  }

  async stop(): Promise<void> {
    for (const [name, value] of this.#before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    this.#checkouts.remove();
    await this.#route.stop();
  }
}
