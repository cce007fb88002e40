import assert from "node:assert/strict";
import { readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { commonJs, esModule, typeScript } from "./consumers";
import { copySources, install, pack, type Packed, ROOT, run, temporaryFolder } from "./project";

const REGISTERED = [
  "  docker-build:index:Image blog",
  "  kubernetes:apps/v1:Deployment blog",
  "  kubernetes:batch/v1:Job blog-db-settled",
  "  kubernetes:core/v1:Service blog",
  "  kubernetes:core/v1:Service blog-db-instances",
  "  kubernetes:core/v1:ServiceAccount blog",
  "  kubernetes:gateway.networking.k8s.io/v1:HTTPRoute blog",
  "  kubernetes:networking.k8s.io/v1:NetworkPolicy blog",
  "  kubernetes:networking.k8s.io/v1:NetworkPolicy blog-db",
  "  kubernetes:networking.k8s.io/v1:NetworkPolicy blog-db-settled",
  "  kubernetes:policy/v1:PodDisruptionBudget blog",
  "  kubernetes:postgresql.cnpg.io/v1:Cluster blog-db",
  "stagewright:index:ContainerImage blog",
  "stagewright:index:PostgresCluster blog-db",
  "stagewright:index:WebApplication blog",
];

const AUTHOR = ["-c", "user.name=Consumer", "-c", "user.email=consumer@example.com"];

describe("the packed package", () => {
  const state = { folder: "", sources: "", consumer: "", installed: "", builtByPack: false };
  const packed: { value?: Packed } = {};

  before(async () => {
    state.folder = await temporaryFolder("packed");
    state.sources = join(state.folder, "sources");
    state.consumer = join(state.folder, "consumer");
    state.installed = join(state.consumer, "node_modules/stagewright");
    await copySources(state.sources);
    packed.value = await pack(state.sources, state.folder);
    state.builtByPack = packed.value.files.some(({ path }) => path.startsWith("dist/"));
    if (!state.builtByPack) {
      await run(state.sources, "npm", "run", "build");
      packed.value = await pack(state.sources, state.folder);
    }
    await install(state.consumer, join(state.folder, packed.value.filename));
  });

  after(async () => {
    await rm(state.folder, { recursive: true, force: true });
  });

  it("is built by npm pack alone", () => {
    assert.ok(state.builtByPack, "npm pack packed no dist/: prepack did not run (ignore-scripts in .npmrc?)");
  });

  it("holds the compiled package and what people read, nothing else", () => {
    const paths = (packed.value?.files ?? []).map(({ path }) => path);
    const others = paths.filter(
      (path) => !/^(?:dist\/(?!test\/|bench\/).+\.(?:js|d\.ts)|docs\/.+\.md)$/.test(path),
    );
    assert.deepEqual(others.toSorted(), ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    assert.ok(paths.includes("docs/runbooks/switch-primary.md"), "errors and README lead there");
    assert.ok(paths.includes("dist/components/index.js"));
    assert.ok(paths.includes("dist/components/index.d.ts"));
    assert.ok(paths.includes("dist/cli/main.js"));
  });

  it("names no folder of this machine, no package registry and no source map", async () => {
    const registry = new URL((await run(state.consumer, "npm", "config", "get", "registry")).stdout.trim());
    const traces = [
      ROOT,
      state.folder,
      `${homedir()}/`,
      registry.host,
      "registry.npmjs.org",
      "sourceMapping",
    ];
    const entries = await readdir(state.installed, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((found) => found.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const text = await readFile(path, "utf8");
      for (const trace of traces) assert.ok(!text.includes(trace), `${path} holds ${trace}`);
    }
  });

  it("has no error that publint knows", async () => {
    const { messages } = await publint({ pkgDir: state.installed, level: "warning", pack: false });
    assert.deepEqual(messages, []);
  });

  for (const [what, file, program] of [
    ["a CommonJS program", "consumer.cjs", commonJs],
    ["an ES module", "consumer.mjs", esModule],
  ] as const) {
    it(`serves ${what}`, async () => {
      await writeFile(join(state.consumer, file), program);
      const { stdout, stderr } = await run(state.consumer, process.execPath, file);
      const { registered, ...outputs } = JSON.parse(stdout) as { registered: string[] };
      assert.equal(stderr, "");
      assert.deepEqual(registered.toSorted(), REGISTERED);
      assert.deepEqual(outputs, {
        reference: `registry.example.com/blog@sha256:${"a".repeat(64)}`,
        host: "blog-db-rw.blog.svc",
        deployment: "blog",
        url: "https://blog.example.com",
      });
    });
  }

  for (const [what, options] of [
    ["nodenext", { module: "nodenext", moduleResolution: "nodenext" }],
    ["a bundler", { module: "preserve", moduleResolution: "bundler" }],
    ["the old node10", { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0" }],
  ] as const) {
    it(`has types for ${what} resolution`, async () => {
      const compilerOptions = { ...options, target: "es2022", strict: true, noEmit: true, types: ["node"] };
      await writeFile(join(state.consumer, "consumer.ts"), typeScript);
      await writeFile(
        join(state.consumer, "tsconfig.json"),
        JSON.stringify({ compilerOptions, files: ["consumer.ts"] }),
      );
      const printed = await run(state.consumer, "npx", "--no-install", "tsc").catch(
        (error: unknown) => error,
      );
      assert.equal((printed as { stdout: string }).stdout, "");
    });
  }

  it("brings the command", async () => {
    const stagewright = join(state.consumer, "node_modules/.bin/stagewright");
    const help = await run(state.consumer, stagewright, "--help");
    assert.match(help.stdout, /^ {2}up {2,}deploy/m);
    assert.equal(help.stderr, "");
    await run(state.consumer, "git", "init", "--quiet");
    await run(state.consumer, "git", ...AUTHOR, "commit", "--quiet", "--allow-empty", "--message", "First");
    const version = await run(state.consumer, stagewright, "version", "--branch", "main");
    assert.match(version.stdout, /^\d{8}\.\d{6}-main-\d+\.\d+\.\d+\n$/);
  });

  it("renders a TypeScript program with the loader of the project, and says so where there is none", async () => {
    await writeFile(
      join(state.consumer, "Pulumi.yaml"),
      "name: consumer\nmain: program.ts\nruntime: nodejs\n",
    );
    await writeFile(join(state.consumer, "program.ts"), 'export const greeting: string = "hello";\n');
    const stagewright = join(state.consumer, "node_modules/.bin/stagewright");
    await assert.rejects(run(state.consumer, stagewright, "render"), /npm install --save-dev tsx/);
    await symlink(join(ROOT, "node_modules/tsx"), join(state.consumer, "node_modules/tsx"));
    const { stdout } = await run(state.consumer, stagewright, "render");
    assert.match(stdout, /greeting +hello/);
  });

  it("starts programs, for which it loads an ES module from CommonJS", async () => {
    const script = `require("${join(state.installed, "dist/adapters/processes.js")}")
      .capture("node", ["--version"]).then(({ stdout }) => console.log(stdout));`;
    const { stdout, stderr } = await run(state.consumer, process.execPath, "--eval", script);
    assert.match(stdout, /^v\d+/);
    assert.equal(stderr, "");
  });
});
