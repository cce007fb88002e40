import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { engineLogs, objectsOf, type Said } from "../e2e/support/canary-stack";
import { kubectl, secretValues } from "../e2e/support/cluster";
import { PASSPHRASE, Workspace } from "../e2e/support/workspace";
import { type Canaries, hatch, type Hit, Sweep } from "../support/canaries";
import { endUnlessThere } from "../support/parts";
import { at } from "../support/program";
import { missingForDelivery, tellVault, VaultMounts } from "../support/vault";
import { ServiceName } from "./names";

const STACK = "vaulted";
const NAMESPACE = `blog-${STACK}`;
const RUN = randomBytes(3).toString("hex");
const REVIEWER = `stagewright-vaulted-${RUN}`;
/** Operators whose pods handle the secrets. */
const OPERATORS = ["vault-secrets-operator-system", "cnpg-system"];

const clean = (hits: readonly Hit[]) => assert.deepEqual(hits, []);
const valuesOf = (canaries: Canaries) => ({
  "signing-secret": canaries["stack secret"],
  "author-password": canaries["Vault value"],
});
const passwordOf = (secret: string) => String(secretValues(NAMESPACE, secret)["password"]);

describe("once Vault has the secrets and makes the logins, nothing secret is in", () => {
  const canaries = hatch();
  const later = hatch();
  const last = hatch();
  const mounts = new VaultMounts(RUN, REVIEWER);
  const began = Date.now();
  const given = process.env["VAULT_TOKEN"];
  /** All that was said, for what is found out to be secret only later. */
  const said: { readonly where: string; readonly text: string }[] = [];
  let sweeps: readonly Sweep[] = [];
  let workspace: Workspace | undefined;
  let name: ServiceName | undefined;
  const here = () => workspace ?? assert.fail("no workspace");
  const near = /\/\/(127\.|localhost)/.test(process.env["VAULT_ADDR"] ?? "");

  const lookFor = (secret: string) =>
    void (sweeps = [...sweeps, new Sweep({ ...hatch(), "database password": secret })]);
  const hits = (content: string | Buffer, where: string) =>
    sweeps.flatMap((sweep) => sweep.text(content, where));

  function heard(where: string, { code, text }: Said, ends: "well" | "badly" = "well"): Said {
    assert.equal(code === 0, ends === "well", text);
    said.push({ where, text });
    clean(hits(text, where));
    return { code, text };
  }
  const stagewright = async (ends: "well" | "badly", ...args: string[]): Promise<Said> =>
    heard(`stagewright ${args.join(" ")}`, await here().stagewright([...args, "--stack", STACK]), ends);
  /** The engine itself, as people run it without our command. */
  function pulumi(...args: string[]): Said {
    const { status, stdout, stderr } = spawnSync("pulumi", [...args, "--stack", STACK, "--non-interactive"], {
      cwd: here().directory,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      env: { ...process.env, PULUMI_CONFIG_PASSPHRASE: PASSPHRASE, PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return heard(`pulumi ${args.join(" ")}`, { code: status ?? 1, text: `${stdout}${stderr}` });
  }
  function keep(values: Canaries): void {
    for (const [key, value] of Object.entries(valuesOf(values))) here().keep(STACK, key, value);
    here().git("commit", "--quiet", "--all", "--message", "Canaries");
  }
  /** A token of Vault's that can be looked for, since it is long and known; it may not do what is denied to it. */
  async function deployWith(...denied: readonly string[]): Promise<void> {
    process.env["VAULT_TOKEN"] = given;
    const rules = [
      'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }',
      ...denied.map((path) => `path "${path}" { capabilities = ["deny"] }`),
    ];
    const policy = `deployer-${RUN}`;
    await tellVault("PUT", `sys/policies/acl/${policy}`, { policy: rules.join("\n") });
    const { body } = await tellVault("POST", "auth/token/create", { policies: [policy], ttl: "1h" });
    const token = String(at(body, "auth", "client_token"));
    lookFor(token);
    process.env["VAULT_TOKEN"] = token;
  }

  before(async () => {
    endUnlessThere("test:delivery", await missingForDelivery());
    kubectl("create", "namespace", REVIEWER);
    await mounts.open();
    sweeps = [canaries, later, last].map((values) => new Sweep(values));
    workspace = new Workspace();
    workspace.declare(STACK, (config) => {
      config["stagewright:vault"] = {
        address: process.env["E2E_VAULT_ADDRESS"] ?? "http://vault.vault.svc:8200",
        authMount: mounts.auth,
        kvMount: mounts.kv,
        role: `vaulted-${RUN}`,
        database: { mount: mounts.database },
      };
    });
    keep(canaries);
    await deployWith();
  });
  after(async () => {
    await workspace?.stagewright(["destroy", "--yes", "--stack", STACK, "--delete-data", STACK]);
    name?.stop();
    process.env["VAULT_TOKEN"] = given;
    await tellVault("DELETE", `sys/policies/acl/deployer-${RUN}`);
    await mounts.close();
    kubectl("delete", "namespace", REVIEWER, "--ignore-not-found", "--wait=false");
    workspace?.remove();
  });

  it("what up says when Vault cannot connect to the database, whose administrator it was told", async function () {
    if (!near) this.skip();
    const { text } = await stagewright("badly", "up", "--yes");
    assert.match(text, /error verifying connection|no such host/);
    lookFor(passwordOf("blog-db-administrator"));
    for (const { where, text: before } of said) clean(hits(before, where));
  });

  it("what up says, and what it said before the logins were known", async () => {
    if (near) name = new ServiceName(NAMESPACE, "blog-db-rw");
    await stagewright("well", "up", "--yes");
    for (const secret of ["blog-db-administrator", "blog-database", "blog-db-app"]) {
      lookFor(passwordOf(secret));
    }
    for (const { where, text } of said) clean(hits(text, where));
  });

  it("what preview says, in each form, with every value changed", async () => {
    keep(later);
    await stagewright("well", "preview");
    for (const form of [["--diff"], ["--json"], ["--diff", "--save-plan", "plan.json"]]) {
      const { text } = pulumi("preview", ...form);
      assert.match(text, /SecretV2|secretV2/);
    }
  });

  it("what the engine's own up says of every value changed", () => {
    const { text } = pulumi("up", "--yes", "--skip-preview", "--diff");
    assert.match(text, /\[secret\]/, "there must have been something to hide");
  });

  it("what up says of values that Vault does not take, and of the same ones when it does", async () => {
    keep(last);
    await deployWith(`${mounts.kv}/data/*`);
    const { text } = await stagewright("badly", "up", "--yes");
    assert.match(text, /permission denied/);
    await deployWith();
    await stagewright("well", "up", "--yes");
    const { body } = await tellVault("GET", `${mounts.kv}/data/${NAMESPACE}/application`);
    assert.deepEqual(at(body, "data", "data"), valuesOf(last));
  });

  it("what refresh, drift, doctor, render, outputs, history and export say", async () => {
    pulumi("refresh", "--yes", "--skip-preview", "--diff");
    for (const command of ["drift", "doctor", "render"]) {
      const ended = await here().stagewright([command, "--stack", STACK]);
      heard(command, { ...ended, code: 0 });
      assert.ok(ended.text.length > 100, ended.text);
    }
    pulumi("stack", "output", "--json");
    pulumi("stack", "history", "--json", "--full-dates");
    pulumi("stack", "export");
    pulumi("config", "--json");
  });

  it("the project's folder with its state, backups, plan and manifests, its history, and the engine's logs", () => {
    const { directory } = here();
    assert.ok(statSync(join(directory, "plan.json")).size > 0);
    clean(sweeps.flatMap((sweep) => sweep.folder(directory, [".git", "node_modules"])));
    clean(hits(here().git("log", "--patch", "--all"), "git"));
    const logs = engineLogs((file) => statSync(file).mtimeMs >= began);
    assert.ok(logs.length > 0);
    clean(logs.flatMap((log) => hits(log, "log")));
  });

  it("any object of the cluster but the values of Secrets, what was brought by an operator included", () => {
    const objects = objectsOf(NAMESPACE);
    for (const kind of [
      "vaultstaticsecrets.secrets.hashicorp.com",
      "vaultdynamicsecrets.secrets.hashicorp.com",
      "databaseroles.postgresql.cnpg.io",
    ]) {
      assert.match(objects.get(kind) ?? "", /"name": "blog/, kind);
    }
    clean([...objects].flatMap(([kind, text]) => hits(text, kind)));
  });

  it("any log of a pod, the database's and the operators' included", () => {
    for (const namespace of [NAMESPACE, ...OPERATORS]) {
      const pods = kubectl("get", "pods", "--namespace", namespace, "--output", "name").split("\n");
      assert.notDeepEqual(pods, [""], namespace);
      for (const pod of pods) {
        const text = kubectl("logs", "--namespace", namespace, pod, "--all-containers");
        clean(hits(text, `log of ${pod}`));
      }
    }
  });
});
