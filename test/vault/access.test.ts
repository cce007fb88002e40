import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { askVault } from "../../adapters/vault";
import { kubectl } from "../e2e/support/cluster";
import { hatch, Sweep } from "../support/canaries";
import { endUnlessThere } from "../support/parts";
import { at } from "../support/program";
import { missingForVault, tellVault, vaultClient, VaultMounts } from "../support/vault";

const RUN = randomBytes(3).toString("hex");
const NAMESPACE = `stagewright-vault-${RUN}`;
const OTHER = `${NAMESPACE}-other`;
const ROLE = `access-${RUN}`;

describe("with the real engine and a real Vault, VaultAccess", () => {
  const mounts = new VaultMounts(RUN, NAMESPACE);
  const canaries = hatch();
  const sweep = new Sweep(canaries);
  const secretPath = `${mounts.kv}/data/blog/test/application`;
  let state = "";
  let told = "";
  let reader = { address: "", token: "" };

  function pulumi(args: readonly string[], input = ""): string {
    const text = execFileSync("pulumi", [...args, "--stack", "access", "--non-interactive"], {
      cwd: join(__dirname, "program"),
      encoding: "utf8",
      input,
      env: {
        ...process.env,
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: "for this test",
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    told += text;
    return text;
  }
  const up = () => pulumi(["up", "--yes", "--skip-preview", "--diff"]);
  const keep = (value: string) => pulumi(["config", "set", "--secret", "value"], value);
  const login = (namespace = NAMESPACE, account = "reader", audience = "vault", role = ROLE) =>
    mounts.login(role, namespace, account, audience);

  before(async () => {
    const missing = await missingForVault();
    endUnlessThere("test:vault", missing);
    for (const namespace of [NAMESPACE, OTHER]) {
      kubectl("create", "namespace", namespace);
      kubectl("create", "serviceaccount", "reader", "--namespace", namespace);
    }
    kubectl("create", "serviceaccount", "stranger", "--namespace", NAMESPACE);
    await mounts.open();
    await tellVault("POST", `${mounts.kv}/data/blog/prod/application`, { data: { other: "stack" } });
    state = mkdtempSync(join(tmpdir(), "stagewright-access-"));
    pulumi(["stack", "init"]);
    for (const [key, value] of Object.entries({
      namespace: NAMESPACE,
      authMount: mounts.auth,
      kvMount: mounts.kv,
      role: ROLE,
    })) {
      pulumi(["config", "set", key, value]);
    }
    keep(canaries["Vault value"]);
    up();
  });
  after(async () => {
    if (state === "") return;
    pulumi(["destroy", "--yes", "--skip-preview"]);
    await mounts.close();
    for (const namespace of [NAMESPACE, OTHER]) {
      kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
    }
    rmSync(state, { recursive: true });
    rmSync(join(__dirname, "program", "Pulumi.access.yaml"), { force: true });
  });

  it("lets the account in with a token of the time that was asked for, and its policy alone", async () => {
    const { status, body } = await login();
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(at(body, "auth", "lease_duration"), 600);
    assert.deepEqual(at(body, "auth", "policies"), [ROLE]);
    reader = { address: vaultClient().address, token: String(at(body, "auth", "client_token")) };
    const { body: own } = await askVault(reader, "GET", "auth/token/lookup-self");
    assert.ok(Number(at(own, "data", "creation_ttl")) <= 3600);
    assert.ok(Number(at(own, "data", "explicit_max_ttl")) <= 3600);
  });

  const strangers: readonly (readonly [title: string, how: () => ReturnType<typeof login>, words: RegExp])[] =
    [
      ["a token for another audience", () => login(NAMESPACE, "reader", "elsewhere"), /audience|denied/],
      ["another account", () => login(NAMESPACE, "stranger"), /service account name not authorized|denied/],
      ["the same name in another namespace", () => login(OTHER), /namespace not authorized|denied/],
      ["a role that is none", () => login(NAMESPACE, "reader", "vault", "none"), /invalid role|denied/],
    ];
  for (const [title, how, words] of strangers) {
    it(`is refused by Vault for ${title}`, async () => {
      const { status, body } = await how();
      assert.ok(status === 400 || status === 403, String(status));
      assert.match(JSON.stringify(body), words);
    });
  }

  it("lets the account read what was written", async () => {
    const { status, body } = await askVault(reader, "GET", secretPath);
    assert.equal(status, 200);
    assert.deepEqual(at(body, "data", "data"), { "signing-secret": canaries["Vault value"] });
  });

  const forbidden: readonly (readonly [title: string, method: string, path: string])[] = [
    ["read another stack's folder", "GET", `${mounts.kv}/data/blog/prod/application`],
    ["list its own", "LIST", `${mounts.kv}/metadata/blog/test`],
    ["write", "POST", secretPath],
    ["delete", "DELETE", secretPath],
    ["read its policy", "GET", `sys/policies/acl/${ROLE}`],
    ["read its role", "GET", `auth/${mounts.auth}/role/${ROLE}`],
    ["make tokens", "POST", "auth/token/create"],
  ];
  for (const [title, method, path] of forbidden) {
    it(`does not let it ${title}`, async () => {
      const { status } = await askVault(reader, method, path, method === "POST" ? { data: {} } : undefined);
      assert.equal(status, 403);
    });
  }

  it("lets it end its own token, which no credentials were made for", async () => {
    const { body } = await login();
    const other = { ...reader, token: String(at(body, "auth", "client_token")) };
    assert.equal((await askVault(other, "POST", "auth/token/revoke-self")).status, 204);
    assert.equal((await askVault(other, "GET", secretPath)).status, 403);
  });

  it("changes nothing when nothing has changed", async () => {
    assert.match(up(), /\d+ unchanged/);
    assert.equal(await version(), 1);
  });

  const version = async () => at((await tellVault("GET", secretPath)).body, "data", "metadata", "version");

  it("writes a value that has changed, once", async () => {
    keep(canaries["stack secret"]);
    up();
    assert.equal(await version(), 2);
    const { body } = await askVault(reader, "GET", secretPath);
    assert.equal(at(body, "data", "data", "signing-secret"), canaries["stack secret"]);
    assert.match(up(), /\d+ unchanged/);
    assert.equal(await version(), 2);
  });

  it("leaves no value in the state, in outputs and in what it says, refresh and export included", () => {
    pulumi(["refresh", "--yes", "--skip-preview"]);
    pulumi(["stack", "export"]);
    pulumi(["preview", "--diff"]);
    assert.deepEqual(sweep.folder(state), []);
    assert.deepEqual(sweep.text(told, "what the engine said"), []);
    const { VAULT_TOKEN: token = "" } = process.env;
    assert.ok(token.length < 8 || !told.includes(token));
  });

  it("is refused by Vault after the audience has changed, and let in with the new one", async () => {
    pulumi(["config", "set", "audience", "another"]);
    up();
    assert.ok((await login()).status >= 400);
    assert.equal((await login(NAMESPACE, "reader", "another")).status, 200);
  });

  it("leaves nothing of the folder behind when it goes", async () => {
    pulumi(["destroy", "--yes", "--skip-preview"]);
    const metadata = `${mounts.kv}/metadata/blog/test/application`;
    const { status } = await askVault(vaultClient(), "GET", metadata);
    assert.equal(status, 404);
    assert.equal((await askVault(vaultClient(), "GET", `sys/policies/acl/${ROLE}`)).status, 404);
  });
});
