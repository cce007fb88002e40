import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPackages, ROOT, temporaryFolder } from "./parts";

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
}
interface Settings {
  readonly sourceContext: { readonly git: { readonly branch: string } };
  readonly vcs: Readonly<Record<string, unknown>>;
  readonly operationContext: {
    readonly preRunCommands: readonly string[];
    readonly environmentVariables: Readonly<Record<string, string>>;
  };
}
interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

describe("Pulumi Deployments' settings, checked against the provider's types and run with mocks", () => {
  const folder = temporaryFolder("deployments");
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const options = [
    "--noEmit",
    "--strict",
    "--noUncheckedIndexedAccess",
    "--skipLibCheck",
    "--resolveJsonModule",
  ];
  const modules = ["--module", "nodenext", "--moduleResolution", "nodenext", "--target", "es2023"];

  /** What is registered with the least configuration. */
  let usual: readonly Registered[];

  before(() => {
    cpSync(join(ROOT, "pipelines/pulumi-deployments"), folder, { recursive: true });
    cpSync(join(__dirname, "pulumi-deployments/record.ts"), join(folder, "record.ts"));
    const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;
    const packages = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`);
    installPackages(folder, ...packages);
    usual = registered();
  });
  after(() => rmSync(folder, { recursive: true }));

  function run(config: Readonly<Record<string, string>>) {
    const { NODE_OPTIONS: _loaders, ...env } = process.env;
    const all = Object.entries(config).map(([key, value]) => [`stagewright-deployments:${key}`, value]);
    const args = ["--import", "tsx", "record.ts", "./index", JSON.stringify(Object.fromEntries(all))];
    return spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" });
  }
  function registered(config: Readonly<Record<string, string>> = {}): Registered[] {
    const { status, stdout, stderr } = run({ repository: "acme/blog", ...config });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Registered[];
  }
  const of = (all: readonly Registered[], type: string) =>
    all.filter((resource) => resource.type === `pulumiservice:index:${type}`);
  const settingsOf = (stack: string) => {
    const settings = of(usual, "DeploymentSettings").find(({ name }) => name === stack);
    assert.ok(settings);
    return settings.inputs as unknown as Settings;
  };
  const check = () =>
    spawnSync(process.execPath, [tsc, ...options, ...modules, "index.ts"], { cwd: folder, encoding: "utf8" });

  it("fit the provider's types, which refuse a key that they do not have", () => {
    const { status, stdout } = check();
    assert.equal(status, 0, stdout);
    const file = join(folder, "prod.json");
    const good = readFileSync(file, "utf8");
    writeFileSync(file, good.replace('"scheduleCron"', '"schedule"'));
    const broken = check();
    writeFileSync(file, good);
    assert.notEqual(broken.status, 0);
    assert.match(broken.stdout, /index\.ts\(\d+,\d+\): error TS2345: .*scheduleCron/s);
  });

  it("have no key that the provider does not know", () => {
    const stacks = ["test", "int", "prod"];
    const lines = stacks.map((stack) => {
      const { deployment } = JSON.parse(readFileSync(join(folder, `${stack}.json`), "utf8")) as {
        deployment: object;
      };
      return `export const ${stack}: Settings = ${JSON.stringify(deployment)};`;
    });
    const type = 'Omit<service.DeploymentSettingsArgs, "organization" | "project" | "stack">';
    const source = [
      'import * as service from "@pulumi/pulumiservice";',
      `type Settings = ${type};`,
      ...lines,
    ];
    writeFileSync(join(folder, "literal.ts"), source.join("\n"));
    const literal = () =>
      spawnSync(process.execPath, [tsc, ...options, ...modules, "literal.ts"], {
        cwd: folder,
        encoding: "utf8",
      });
    const { status, stdout } = literal();
    assert.equal(status, 0, stdout);
    writeFileSync(
      join(folder, "literal.ts"),
      source.join("\n").replace('"preRunCommands"', '"preRunCommand"'),
    );
    assert.match(literal().stdout, /preRunCommand/);
  });

  it("are one for each stack, each with its drift schedule, TEST before INT before PROD", () => {
    const named = (type: string) => of(usual, type).map(({ name }) => name);
    assert.deepEqual(named("DeploymentSettings"), ["test", "int", "prod"]);
    const schedules = of(usual, "DriftSchedule").map(({ name, inputs }) => [
      name,
      inputs["stack"],
      inputs["scheduleCron"],
      inputs["autoRemediate"],
    ]);
    assert.deepEqual(
      schedules.toSorted(([one], [other]) => String(one).localeCompare(String(other))),
      [
        ["int", "int", "0 4 * * *", false],
        ["prod", "prod", "0 * * * *", false],
        ["test", "test", "0 5 * * *", false],
      ],
    );
    const targets = of(usual, "DeploymentSettings").map(({ inputs }) => [
      inputs["organization"],
      inputs["project"],
      inputs["stack"],
    ]);
    assert.deepEqual(targets[2], ["acme", "stagewright", "prod"]);
  });

  it("let TEST follow the main branch, INT follow TEST, and PROD nothing but a person", () => {
    const following = ["test", "int", "prod"].map((stack) => {
      const { sourceContext, vcs } = settingsOf(stack);
      return [
        stack,
        sourceContext.git.branch,
        vcs["repository"],
        vcs["deployCommits"],
        vcs["previewPullRequests"],
      ];
    });
    assert.deepEqual(following, [
      ["test", "main", "acme/blog", true, true],
      ["int", "main", "acme/blog", false, false],
      ["prod", "main", "acme/blog", false, false],
    ]);
    const hooks = of(usual, "Webhook").map(({ inputs }) => [
      inputs["stackName"],
      inputs["format"],
      inputs["payloadUrl"],
      inputs["filters"],
      inputs["active"],
    ]);
    assert.deepEqual(hooks, [["test", "pulumi_deployments", "stagewright/int", ["update_succeeded"], true]]);
  });

  it("hand each stack the digest that the one before runs, by commands that leave the tree clean", () => {
    const digest = `sha256:${"1f".repeat(32)}`;
    for (const [stack, before] of [
      ["int", "test"],
      ["prod", "int"],
    ] as const) {
      const checkout = join(folder, `checkout-${stack}`);
      const file = `Pulumi.${stack}.yaml`;
      mkdirSync(checkout);
      const git = (...args: string[]) =>
        execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], {
          cwd: checkout,
          encoding: "utf8",
        });
      writeFileSync(join(checkout, file), "config: {}\n");
      git("init", "--quiet");
      git("add", ".");
      git("commit", "--quiet", "--message", "All");
      const bin = join(folder, `bin-${stack}`);
      mkdirSync(bin);
      const pulumi = [
        "#!/bin/sh",
        'case "$*" in',
        `"stack output image --stack ${before}") echo registry.example.com/blog@${digest};;`,
        `"config set --stack ${stack} --path stagewright:image.digest"*) echo "digest: $7" >> ${file};;`,
        "*) exit 9;;",
        "esac",
      ];
      writeFileSync(join(bin, "pulumi"), `${pulumi.join("\n")}\n`, { mode: 0o755 });
      writeFileSync(join(bin, "npm"), "#!/bin/sh\n", { mode: 0o755 });
      const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
      for (const command of settingsOf(stack).operationContext.preRunCommands) {
        execFileSync("sh", ["-c", command], { cwd: checkout, env });
      }
      assert.equal(readFileSync(join(checkout, file), "utf8"), `config: {}\ndigest: ${digest}\n`);
      assert.equal(git("status", "--porcelain"), "");
    }
  });

  it("change nothing before the engine does: the commands run for a preview and a look for drift too", () => {
    const commands = ["test", "int", "prod"].flatMap(
      (stack) => settingsOf(stack).operationContext.preRunCommands,
    );
    assert.ok(commands.length > 0);
    assert.deepEqual(
      commands.filter((command) => /\bstagewright (?!:)|cli\/main|pulumi (up|destroy|refresh)/.test(command)),
      [],
    );
  });

  it("remove review stacks when their time is up, where one is named", () => {
    assert.deepEqual(of(usual, "TtlSchedule"), []);
    const [schedule] = of(registered({ reviews: '{"review-login":"2026-12-01T00:00:00Z"}' }), "TtlSchedule");
    assert.deepEqual(
      [schedule?.inputs["stack"], schedule?.inputs["timestamp"], schedule?.inputs["deleteAfterDestroy"]],
      ["review-login", "2026-12-01T00:00:00Z", true],
    );
  });

  it("want the repository to be named", () => {
    const { status, stderr } = run({});
    assert.notEqual(status, 0);
    assert.match(stderr, /Missing required configuration variable 'stagewright-deployments:repository'/);
  });
});
