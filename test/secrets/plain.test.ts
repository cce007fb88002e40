import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "mocha";
import { requireParts } from "./parts";

const ROOT = resolve(__dirname, "../..");
const CANARY = "canary-8bd1"; // not a secret: a canary

const CONSUMERS: Readonly<Record<string, string>> = {
  "administrator.password": `new DatabaseGrants("g", {
  host: "db-rw.blog.svc",
  readOnlyRoles: ["reporting"],
  administrator: { name: "grants", password },
});`,
  "login.password": `new ContainerImage("blog", {
  repository: "registry.example.com/blog",
  digest: "sha256:${"ab".repeat(32)}",
  login: { username: "robot", password },
});`,
};
const PASSWORDS: Readonly<Record<string, string>> = {
  "plain text": `"${CANARY}"`,
  "an output that is not secret": `pulumi.output("${CANARY}")`,
};

describe("with the real engine, a preview of a consumer", () => {
  let folder = "";
  const pulumi = (...args: string[]) => {
    const env = { ...process.env, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "x" };
    return spawnSync("pulumi", [...args, "--non-interactive"], { cwd: folder, encoding: "utf8", env });
  };
  before(async () => {
    await requireParts();
    folder = mkdtempSync(join(tmpdir(), "plain-"));
    cpSync(join(ROOT, "components"), join(folder, "components"), { recursive: true });
    // With its stack traces cut off, as in the project itself.
    cpSync(join(ROOT, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    cpSync(join(ROOT, "test/grants/program/package.json"), join(folder, "package.json"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    assert.equal(pulumi("stack", "init", "test").status, 0);
  });
  after(() => folder !== "" && rmSync(folder, { recursive: true }));

  for (const [argument, use] of Object.entries(CONSUMERS)) {
    for (const [what, password] of Object.entries(PASSWORDS)) {
      it(`that gives ${argument} as ${what} fails with the line to change, and does not show it`, () => {
        const head = [
          'import * as pulumi from "@pulumi/pulumi";',
          'import { ContainerImage, DatabaseGrants } from "./components";',
          "",
          `const password = ${password};`,
          "void [pulumi, ContainerImage, DatabaseGrants];",
        ];
        writeFileSync(join(folder, "index.ts"), `${[...head, use].join("\n")}\n`);
        const { status, stdout, stderr } = pulumi("preview");
        const text = stdout + stderr;
        assert.notEqual(status, 0, text);
        const line = `${argument} is ${what}, in index.ts:${head.length + 1}:`;
        assert.ok(text.includes(line), text);
        assert.match(text, /give it as a secret: new pulumi\.Config\(\)\.requireSecret\("NAME"\)/);
        assert.ok(!text.includes(CANARY), text);
        assert.doesNotMatch(text, /__pulumi/, "the whole resource is shown");
      });
    }
  }
});
