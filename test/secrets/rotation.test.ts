import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { checkSecrets } from "../../release/secrets/check";
import { rotateSecrets } from "../../release/secrets/rotate";
import { hatch, Sweep } from "../support/canaries";
import { address, requireParts, token, vault } from "./parts";

const ROOT = resolve(__dirname, "../..");
const KEYS = ["stagewright-test-a", "stagewright-test-b"] as const;
const [KEY, OTHER] = KEYS;
const FIRST = "the first words";
const SECOND = "the second words";

function useVault(names: readonly [string, string]): void {
  [process.env[names[0]], process.env[names[1]]] = [address, token];
}

describe("with the real engine and a real Vault, a stack's secrets", () => {
  const canaries = hatch();
  const sweep = new Sweep(canaries);
  const environment = { ...process.env };
  const told: string[] = [];
  let folder = "";

  before(async () => {
    await requireParts();
    await vault("POST", "sys/mounts/transit", { type: "transit" });
    for (const key of KEYS) await vault("POST", `transit/keys/${key}`);
  });
  after(async () => {
    for (const key of KEYS) {
      await vault("POST", `transit/keys/${key}/config`, { deletion_allowed: true });
      await vault("DELETE", `transit/keys/${key}`);
    }
  });
  beforeEach(() => {
    told.length = 0;
    folder = mkdtempSync(join(tmpdir(), "rotation-"));
    process.env["PULUMI_CONFIG_PASSPHRASE"] = FIRST;
    process.env["PULUMI_BACKEND_URL"] = `file://${folder}`;
    for (const name of ["VAULT_ADDR", "VAULT_TOKEN"]) delete process.env[name];
    copyFileSync(join(ROOT, "test/e2e/programs/waits/package.json"), join(folder, "package.json"));
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      'name: rotation\nmain: index.ts\nruntime:\n  name: nodejs\n  options: { typescript: false, nodeargs: "--import tsx" }\n',
    );
    writeFileSync(
      join(folder, "index.ts"),
      'import * as pulumi from "@pulumi/pulumi";\nexport const deep = new pulumi.Config().requireSecret("deep");\n',
    );
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    pulumi("stack", "init", "test");
    pulumiWith(canaries["stack secret"], "config", "set", "--secret", "deep");
    pulumi("up", "--yes", "--skip-preview");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
  });

  function pulumiWith(input: string, ...args: string[]): string {
    const stack = args[0] === "stack" ? [] : ["--stack", "test"];
    const { status, stdout, stderr } = spawnSync("pulumi", [...args, ...stack, "--non-interactive"], {
      cwd: folder,
      encoding: "utf8",
      env: process.env,
      input,
    });
    assert.equal(status, 0, stderr);
    return stdout;
  }
  const pulumi = (...args: string[]) => pulumiWith("", ...args);
  const progress = {
    step: (text: string) => void told.push(text),
    warn: (text: string) => void told.push(text),
  };
  const rotate = (to: string) => rotateSecrets(folder, "test", to, progress);
  const stackFile = () => readFileSync(join(folder, "Pulumi.test.yaml"), "utf8");
  function decrypts(): void {
    assert.equal(pulumi("config", "get", "deep").trimEnd(), canaries["stack secret"]);
    assert.equal(pulumi("stack", "output", "deep", "--show-secrets").trimEnd(), canaries["stack secret"]);
  }
  const clean = () => {
    assert.deepEqual(sweep.text(told.join("\n"), "told"), []);
    assert.deepEqual(sweep.folder(join(folder, "state")), []);
    assert.deepEqual(sweep.folder(join(folder, ".pulumi")), []);
  };

  for (const names of [
    ["VAULT_ADDR", "VAULT_TOKEN"],
    ["VAULT_SERVER_URL", "VAULT_SERVER_TOKEN"],
  ] as const) {
    it(`go from a passphrase to Vault and back, read with ${names.join(" and ")}`, async () => {
      useVault(names);
      await rotate(`hashivault://${KEY}`);
      assert.match(stackFile(), /^secretsprovider: hashivault:\/\/stagewright-test-a$/m);
      assert.doesNotMatch(stackFile(), /encryptionsalt/);
      decrypts();
      const [report] = (await checkSecrets(folder)).stacks;
      assert.deepEqual(
        report?.needs.map(({ reads }) => reads.join()),
        names,
      );
      await rotate("passphrase");
      assert.match(stackFile(), /^encryptionsalt: v1:/m);
      assert.doesNotMatch(stackFile(), /secretsprovider|encryptedkey/);
      decrypts();
      clean();
    });
  }

  it("are read with the SERVER variables where both are set", async () => {
    useVault(["VAULT_SERVER_URL", "VAULT_SERVER_TOKEN"]);
    process.env["VAULT_ADDR"] = "http://127.0.0.1:9";
    process.env["VAULT_TOKEN"] = "none";
    await rotate(`hashivault://${KEY}`);
    decrypts();
  });

  it("go from one key to another, and to a new one under the same address", async () => {
    useVault(["VAULT_ADDR", "VAULT_TOKEN"]);
    await rotate(`hashivault://${KEY}`);
    await rotate(`hashivault://${OTHER}`);
    const before = stackFile();
    await rotate(`hashivault://${OTHER}`);
    assert.notEqual(stackFile(), before);
    decrypts();
    clean();
  });

  it("go from one passphrase to another", async () => {
    process.env["STAGEWRIGHT_NEW_PASSPHRASE"] = SECOND;
    await rotate("passphrase");
    process.env["PULUMI_CONFIG_PASSPHRASE"] = SECOND;
    decrypts();
    clean();
  });

  it("stay as they are where Vault has no such key, or nobody answers", async () => {
    const before = stackFile();
    useVault(["VAULT_ADDR", "VAULT_TOKEN"]);
    for (const [to, addressOf] of [
      ["hashivault://stagewright-test-none/deeper", address],
      [`hashivault://${KEY}`, "http://127.0.0.1:9"],
    ] as const) {
      process.env["VAULT_ADDR"] = addressOf;
      await assert.rejects(
        rotate(to),
        /were not changed to another provider[^]*everything was put back as it was/,
      );
      assert.equal(stackFile(), before);
      decrypts();
    }
  });

  it("stay as they are where the passphrase is wrong", async () => {
    const before = stackFile();
    process.env["PULUMI_CONFIG_PASSPHRASE"] = SECOND;
    useVault(["VAULT_ADDR", "VAULT_TOKEN"]);
    await assert.rejects(
      rotate(`hashivault://${KEY}`),
      /cannot be read with what is here, nothing was changed/,
    );
    assert.equal(stackFile(), before);
  });

  it("share a passphrase with prod only until the check tells", async () => {
    pulumi("stack", "init", "prod");
    const { findings } = await checkSecrets(folder);
    assert.deepEqual(
      findings.map(({ what }) => what),
      ["stack prod (prod) and stack test (test) share the passphrase"],
    );
  });
});
