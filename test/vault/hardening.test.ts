import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "mocha";
import { onPath } from "../../adapters/processes";
import { askVault } from "../../adapters/vault";
import { resolveStack } from "../../environments/resolve";
import { checkVault } from "../../release/vault-check";
import { eventually } from "../e2e/support/cluster";
import { at } from "../support/program";
import { freePort } from "./port";

const ROOT = resolve(__dirname, "../..");
const VARIABLES = ["VAULT_ADDR", "VAULT_TOKEN", "VAULT_CACERT"] as const;

/** The rights that docs/secrets.md names, as a policy: what is not said there must not be needed. */
function documentedPolicy(): string {
  const text = readFileSync(join(ROOT, "docs/secrets.md"), "utf8");
  const rows = [...text.matchAll(/^\| (`(?:secret|sys|auth|database)\/.*`) \| ([a-z, ]+).* \|$/gm)];
  assert.ok(rows.length >= 4, "the table of rights is not where it was");
  return rows
    .flatMap(([, paths = "", words = ""]) =>
      [...paths.matchAll(/`([^`]+)`/g)].map(([, path]) => {
        const capabilities = words.split(",").map((word) => JSON.stringify(word.trim()));
        return `path "${path}" { capabilities = [${capabilities.join(", ")}] }`;
      }),
    )
    .join("\n");
}

describe("with a Vault that speaks TLS, and a token that is not root's", () => {
  const outside = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  const resolution = resolveStack("test", {
    image: { repository: "registry.example.com/blog" },
    vault: { address: "https://vault:8200" },
  });
  let folder = "";
  let server: ChildProcess | undefined;
  const root = { address: "", token: "root-of-this-test" }; // not a secret: of a server that ends with the test

  function pulumi(...args: string[]): { readonly code: number | null; readonly text: string } {
    const { status, stdout, stderr } = spawnSync(
      "pulumi",
      [...args, "--stack", "hardened", "--non-interactive"],
      {
        cwd: join(__dirname, "program"),
        encoding: "utf8",
        env: {
          ...process.env,
          PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
          PULUMI_CONFIG_PASSPHRASE: "for this test",
        },
      },
    );
    return { code: status, text: stdout + stderr };
  }
  const check = () => ("stack" in resolution ? checkVault(resolution.stack, {}) : assert.fail());

  before(async function () {
    if (!onPath("vault") || !onPath("pulumi")) {
      console.log("not run: hardening (vault missing: the program itself, on PATH)");
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "stagewright-hardened-"));
    const port = await freePort();
    root.address = `https://127.0.0.1:${port}`;
    const flags = ["-dev-tls", `-dev-tls-cert-dir=${folder}`, `-dev-listen-address=127.0.0.1:${port}`];
    server = spawn("vault", ["server", ...flags, `-dev-root-token-id=${root.token}`, "-dev-no-store-token"], {
      stdio: "ignore",
    });
    await eventually(
      30,
      () => readdirSync(folder).some((name) => name.includes("ca.pem")) || "no certificate",
    );
    const authority = readdirSync(folder).find((name) => name.includes("ca.pem")) ?? "";
    Object.assign(process.env, { VAULT_ADDR: root.address, VAULT_CACERT: join(folder, authority) });
    await eventually(30, async () => {
      const { status } = await askVault(root, "GET", "sys/health").catch((error: Error) => ({
        status: error.message,
      }));
      return status === 200 || String(status);
    });
    await askVault(root, "POST", "sys/auth/kubernetes", { type: "kubernetes" });
    await askVault(root, "PUT", "sys/policies/acl/deployer", { policy: documentedPolicy() });
    const { body } = await askVault(root, "POST", "auth/token/create", { policies: ["deployer"], ttl: "1h" });
    process.env["VAULT_TOKEN"] = String(at(body, "auth", "client_token"));
    execFileSync("mkdir", [join(folder, "state")]);
    assert.equal(pulumi("stack", "init").code, 0);
    for (const [key, value] of Object.entries({
      namespace: "blog-test",
      authMount: "kubernetes",
      kvMount: "secret",
      role: "blog-test",
      folder: "blog-test",
    })) {
      pulumi("config", "set", key, value);
    }
    pulumi("config", "set", "--secret", "value", "first");
  });
  after(() => {
    server?.kill();
    for (const name of VARIABLES) {
      if (outside[name] === undefined) delete process.env[name];
      else process.env[name] = outside[name];
    }
    if (folder !== "") rmSync(folder, { recursive: true });
    rmSync(join(__dirname, "program", "Pulumi.hardened.yaml"), { force: true });
  });

  it("the check is content", async () => {
    assert.deepEqual(await check(), { part: "Vault", ok: true, found: root.address });
  });

  it("up, a change, refresh and destroy need no more than the documented rights", () => {
    for (const command of [["up"], ["config"], ["up"], ["refresh"], ["destroy"], ["up"]]) {
      const { code, text } =
        command[0] === "config"
          ? pulumi("config", "set", "--secret", "value", "second")
          : pulumi(...command, "--yes", "--skip-preview");
      assert.equal(code, 0, `${command[0]}: ${text}`);
    }
  });

  it("a certificate of somebody unknown is refused before a token is shown", async () => {
    delete process.env["VAULT_CACERT"];
    const { ok, found } = await check();
    process.env["VAULT_CACERT"] = join(
      folder,
      readdirSync(folder).find((name) => name.includes("ca.pem")) ?? "",
    );
    assert.equal(ok, false);
    assert.match(found, /does not answer: .*certificate/);
  });

  it("a token that has ended is refused, and nothing is changed", async () => {
    const token = process.env["VAULT_TOKEN"];
    process.env["VAULT_TOKEN"] = "ended"; // not a secret: of nobody
    const { ok, found } = await check();
    process.env["VAULT_TOKEN"] = token;
    assert.deepEqual(
      [ok, found],
      [false, "the token in VAULT_TOKEN is refused: permission denied; invalid token"],
    );
  });

  it("one that is sealed is told as such, by the check and by the engine, which changes nothing", async () => {
    await askVault(root, "PUT", "sys/seal");
    const { ok, found, command } = await check();
    assert.deepEqual([ok, found, command], [false, `${root.address} is sealed`, "vault operator unseal"]);
    pulumi("config", "set", "--secret", "value", "third");
    const { code, text } = pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(text, /sealed/);
  });
});
