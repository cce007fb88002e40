import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { checkAuthority } from "../../release/vault-authority";
import { checkVault } from "../../release/vault-check";
import { readStack } from "../../release/stack";
import { eventually, kubectl, podIdentities, secretValues, sql } from "../e2e/support/cluster";
import { Reader } from "../e2e/support/reader";
import { SECRETS, Workspace } from "../e2e/support/workspace";
import { endUnlessThere } from "../support/parts";
import { at } from "../support/program";
import { missingForDelivery, tellVault, VaultMounts } from "../support/vault";
import { ServiceName } from "./names";
import { Stream } from "./stream";

const STACK = "delivery";
const NAMESPACE = `blog-${STACK}`;
const HOST = `${STACK}.example.com`;
const RUN = randomBytes(3).toString("hex");
const REVIEWER = `stagewright-delivery-${RUN}`;
const ROLE = `blog-${RUN}`;
/** Seconds of a lease, the shortest that a stack may have, and what is enough for it to end under load. */
const LEASE = 300;
const RATE = 65;
/** Vault as the operator's pods reach it. */
const ADDRESS = process.env["E2E_VAULT_ADDRESS"] ?? "http://vault.vault.svc:8200";
const TITLE = `Written with a login of Vault's ${RUN}`;

const keysOf = (secret: string) => secretValues(NAMESPACE, secret);
const login = () => String(keysOf("blog-database")["user"]);
const psql = (statement: string, database?: string) => sql(NAMESPACE, "blog-db-1", statement, database);
const sessions = () =>
  psql("select distinct usename from pg_stat_activity where usename like 'v-%' order by 1")
    .split("\n")
    .filter(Boolean);
const logins = () => psql("select rolname from pg_roles where rolname like 'v-%' order by 1").split("\n");
/** Does what docs/runbooks/revoke-database-login.md says; the last of it only where the nodes are to be told. */
async function replaceLogin(old: string, tellNodes: boolean): Promise<void> {
  const here = ["--namespace", NAMESPACE];
  kubectl("delete", "secret", "blog-database", ...here);
  await eventually(60, () => {
    const there = kubectl("get", "secret", "blog-database", ...here, "--ignore-not-found");
    return (there !== "" && login() !== old) || "no new login";
  });
  if (!tellNodes) return;
  const mark = `stagewright/renewed=${Date.now()}`;
  const pods = ["--selector", "app.kubernetes.io/name=blog"];
  kubectl("annotate", "pods", ...here, ...pods, "--overwrite", mark);
}
const say = (text: string) => void process.stdout.write(`      ${text}\n`);

describe("the blog with its secrets in Vault, and logins that Vault makes", () => {
  const mounts = new VaultMounts(RUN, REVIEWER);
  let workspace: Workspace | undefined;
  let name: ServiceName | undefined;
  const here = () => workspace ?? assert.fail("no workspace");
  const up = (from = here()) => from.stagewright(["up", "--yes", "--stack", STACK]);

  before(async () => {
    const missing = await missingForDelivery();
    endUnlessThere("test:delivery", missing);
    kubectl("create", "namespace", REVIEWER);
    await mounts.open();
    if (/\/\/(127\.|localhost)/.test(process.env["VAULT_ADDR"] ?? "")) {
      name = new ServiceName(NAMESPACE, "blog-db-rw");
    }
    workspace = new Workspace();
    workspace.declare(STACK, (config) => {
      config["stagewright:vault"] = {
        address: ADDRESS,
        authMount: mounts.auth,
        kvMount: mounts.kv,
        role: ROLE,
        database: { mount: mounts.database, leaseSeconds: LEASE, longestSeconds: LEASE },
      };
    });
  });
  after(async () => {
    await workspace?.stagewright(["destroy", "--yes", "--stack", STACK, "--delete-data", STACK]);
    name?.stop();
    await mounts.close();
    kubectl("delete", "namespace", REVIEWER, "--ignore-not-found", "--wait=false");
    workspace?.remove();
  });

  it("a Vault that refuses the token, and one that does not answer, are told before anything is changed", async () => {
    const { VAULT_ADDR: address, VAULT_TOKEN: token } = process.env;
    process.env["VAULT_TOKEN"] = "ended"; // not a secret: of nobody
    const refused = await up();
    process.env["VAULT_TOKEN"] = token;
    process.env["VAULT_ADDR"] = "http://127.0.0.1:9";
    const away = await up();
    process.env["VAULT_ADDR"] = address;
    assert.deepEqual([refused.code, away.code], [3, 3]);
    assert.match(refused.text, /the token in VAULT_TOKEN is refused: permission denied/);
    assert.match(away.text, /http:\/\/127\.0\.0\.1:9 does not answer/);
    assert.equal(kubectl("get", "namespace", NAMESPACE, "--ignore-not-found"), "");
  });

  it("up ends with the blog served, and its login is one of Vault's", async () => {
    const { code, text, result } = await up();
    assert.equal(code, 0, text);
    assert.equal(at(result["outputs"], "databaseSecretName"), "blog-database");
    assert.equal((await new Reader(HOST).get("/readyz")).body.trim(), "ok");
    assert.deepEqual(sessions(), [login()]);
    for (const value of Object.values(SECRETS)) assert.ok(!text.includes(value));
  });

  it("the Secrets have the keys that they have without Vault, and nothing else", () => {
    const { user, password, ...rest } = keysOf("blog-database");
    assert.deepEqual(rest, {
      uri: `postgresql://${user}:${password}@blog-db-rw.${NAMESPACE}.svc:5432/app`,
      host: `blog-db-rw.${NAMESPACE}.svc`,
      port: "5432",
      dbname: "app",
    });
    assert.match(String(user), /^v-/);
    assert.deepEqual(keysOf("blog-application-from-vault"), SECRETS);
  });

  it("a post is written as the owner, whichever login wrote it, and the login may do no more", async () => {
    const author = new Reader(HOST);
    await author.submit("/login", "/login", { password: SECRETS["author-password"] });
    const posted = await author.submit("/posts/new", "/posts", { title: TITLE, body: "Text." });
    assert.equal(posted.status, 302, posted.body);
    assert.equal(psql("select tableowner from pg_tables where tablename = 'posts'"), "app");
    const rights = `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles where rolname`;
    assert.equal(psql(`${rights} = '${login()}'`), "f|f|f|f|f");
    assert.equal(psql(`${rights} = 'vault_admin'`), "f|t|f|f|f");
  });

  it("a fresh clone of the same commit changes nothing, and restarts nothing", async () => {
    const before = podIdentities(NAMESPACE);
    const clone = here().again();
    const { code, text, result } = await up(clone);
    clone.remove();
    assert.equal(code, 0, text);
    // The Secrets that Vault's connection is made from are read each time.
    const changes = Object.keys(result["changes"] as object).filter((op) => op !== "read");
    assert.deepEqual(changes, ["same"], text);
    assert.deepEqual(podIdentities(NAMESPACE), before);
  });

  it("a login is replaced and ends under load: none of 20,000 requests fails, and no pod restarts", async () => {
    const [first, pods] = [login(), podIdentities(NAMESPACE)];
    const began = Date.now();
    const stream = new Stream(HOST, "/", RATE);
    await eventually(LEASE + 60, () => login() !== first || `still ${first}`);
    const replaced = (Date.now() - began) / 1000;
    await eventually(LEASE + 60, () => !logins().includes(first) || `${first} is still there`);
    const ended = (Date.now() - began) / 1000;
    await eventually(LEASE, () => stream.sent > 20_000 || `${stream.sent} requests`);
    const report = await stream.stop();
    say(
      `${report.sent} requests at ${RATE}/s, ${report.failed} failed; replaced after ${replaced.toFixed(0)} s, ended after ${ended.toFixed(0)} s`,
    );
    assert.deepEqual([report.failed, report.kinds], [0, {}]);
    assert.ok(report.sent >= 20_000);
    assert.deepEqual(podIdentities(NAMESPACE), pods);
    assert.ok(!sessions().includes(first));
  });

  for (const [title, told] of [
    ["the nodes are told to look", true],
    ["the nodes look by themselves", false],
  ] as const) {
    it(`every login is revoked at once under load, and ${title}: served again within two minutes, without a restart`, async () => {
      const [revoked, pods] = [login(), podIdentities(NAMESPACE)];
      const stream = new Stream(HOST, "/", RATE);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      await tellVault("PUT", `sys/leases/revoke-prefix/${mounts.database}/creds/${ROLE}`);
      assert.ok(!logins().includes(revoked));
      await replaceLogin(revoked, told);
      await eventually(180, async () => {
        const { status } = await new Reader(HOST).get("/");
        return (status === 200 && sessions().includes(login())) || `status ${status}`;
      });
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      const report = await stream.stop();
      say(
        `${report.sent} requests, ${report.failed} failed, ${JSON.stringify(report.kinds)}; outage ${report.outageSeconds.toFixed(1)} s`,
      );
      assert.ok(report.outageSeconds <= 120, `${report.outageSeconds} s`);
      assert.deepEqual(
        Object.keys(report.kinds).filter((kind) => kind !== "status 503"),
        [],
      );
      assert.deepEqual(podIdentities(NAMESPACE), pods);
    });
  }

  it("an authority in Vault that is not the database's is told, and when it ends", async () => {
    const look = () => checkAuthority(readStack(here().directory, STACK));
    const path = `${mounts.database}/config/${ROLE}`;
    const tell = (authority: unknown) => {
      const plugin = { plugin_name: "postgresql-database-plugin", verify_connection: false };
      return tellVault("POST", path, { ...plugin, tls_ca: authority });
    };
    const own = at((await tellVault("GET", path)).body, "data", "connection_details", "tls_ca");
    const { found, advice } = await look();
    assert.match(found, /^ends 2\d{3}-/);
    assert.equal(advice, undefined);
    await tell(kubectl("get", "configmap", "kube-root-ca.crt", "--output", "jsonpath={.data.ca\\.crt}"));
    const other = await look();
    await tell(own);
    assert.notEqual(other.found, found);
    assert.equal(other.advice?.command, `stagewright up --stack ${STACK}`);
    assert.deepEqual(await look(), { part: other.part, ok: true, found });
  });

  it("a role whose audience somebody changed is told before anything is changed, and how to mend it", async () => {
    const { directory } = here();
    const outside = process.cwd();
    process.chdir(directory);
    const look = () => {
      const { settings, client } = readStack(directory, STACK);
      return checkVault(settings, client);
    };
    assert.equal((await look()).ok, true);
    await tellVault("POST", `auth/${mounts.auth}/role/${ROLE}`, { audience: "elsewhere" });
    const { ok, found } = await look();
    process.chdir(outside);
    assert.equal(ok, false);
    assert.match(found, new RegExp(`role ${ROLE} and audience vault is refused: .*audience`));
    assert.equal((await up()).code, 3);
    await tellVault("POST", `auth/${mounts.auth}/role/${ROLE}`, { audience: "vault" });
    assert.equal((await up()).code, 0);
  });
});
