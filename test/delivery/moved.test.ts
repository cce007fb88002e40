import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { eventually, kubectl, secretValues, sql } from "../e2e/support/cluster";
import { Reader } from "../e2e/support/reader";
import { type Ended, SECRETS, Workspace } from "../e2e/support/workspace";
import { endUnlessThere } from "../support/parts";
import { at } from "../support/program";
import { missingForDelivery, VaultMounts } from "../support/vault";
import { ServiceName } from "./names";
import { Stream } from "./stream";

const STACK = "moved";
const NAMESPACE = `blog-${STACK}`;
const HOST = `${STACK}.example.com`;
const RUN = randomBytes(3).toString("hex");
const REVIEWER = `stagewright-moved-${RUN}`;
const RATE = 20;
const TITLE = `Written before Vault ${RUN}`;
const GRANT = 'GRANT "app" TO "vault_admin" WITH ADMIN OPTION';

const psql = (statement: string, database?: string) => sql(NAMESPACE, "blog-db-1", statement, database);
const role = (name: string) => psql(`select rolsuper, rolcanlogin from pg_roles where rolname = '${name}'`);
/** Who is connected, the operator's own superuser left out. */
const sessions = () =>
  psql(
    "select distinct usename from pg_stat_activity where usename = 'app' or usename like 'v-%' order by 1",
  );
const namesOf = (kind: string) =>
  kubectl("get", kind, "--namespace", NAMESPACE, "--output", "jsonpath={.items[*].metadata.name}").split(" ");
const valuesOf = (secret: string) => secretValues(NAMESPACE, secret);
const say = (text: string) => void process.stdout.write(`      ${text}\n`);

async function write(title: string): Promise<void> {
  const author = new Reader(HOST);
  await author.submit("/login", "/login", { password: SECRETS["author-password"] });
  const { status, body } = await author.submit("/posts/new", "/posts", { title, body: "Text." });
  assert.equal(status, 302, body);
}
async function shows(...titles: readonly string[]): Promise<void> {
  const { body } = await new Reader(HOST).get("/");
  for (const title of titles) assert.ok(body.includes(title), title);
}

describe("a running stack whose secrets move to Vault and back", () => {
  const mounts = new VaultMounts(RUN, REVIEWER);
  let workspace: Workspace | undefined;
  let name: ServiceName | undefined;
  const here = () => workspace ?? assert.fail("no workspace");
  const run = (...args: readonly string[]) => here().stagewright([...args, "--stack", STACK]);

  /** Deploys while readers ask for pages. */
  async function upUnderLoad(): Promise<Ended> {
    const stream = new Stream(HOST, "/", RATE);
    const ended = await run("up", "--yes");
    const { sent, failed, kinds } = await stream.stop();
    assert.equal(ended.code, 0, ended.text);
    say(`${sent} requests at ${RATE}/s meanwhile, ${failed} failed`);
    assert.ok(sent > 100, `${sent} requests`);
    assert.deepEqual([failed, kinds], [0, {}]);
    return ended;
  }

  before(async () => {
    endUnlessThere("test:delivery", await missingForDelivery());
    kubectl("create", "namespace", REVIEWER);
    await mounts.open();
    if (/\/\/(127\.|localhost)/.test(process.env["VAULT_ADDR"] ?? "")) {
      name = new ServiceName(NAMESPACE, "blog-db-rw");
    }
    workspace = new Workspace();
    workspace.declare(STACK);
  });
  after(async () => {
    await workspace?.stagewright(["destroy", "--yes", "--stack", STACK, "--delete-data", STACK]);
    name?.stop();
    await mounts.close();
    kubectl("delete", "namespace", REVIEWER, "--ignore-not-found", "--wait=false");
    workspace?.remove();
  });

  it("without Vault it serves with the owner's own login", async () => {
    const { code, text } = await run("up", "--yes");
    assert.equal(code, 0, text);
    await write(TITLE);
    assert.deepEqual([sessions(), role("vault_admin")], ["app", ""]);
  });

  it("with Vault in its file, preview tells what the database would be told, and tells it nothing", async () => {
    here().redeclare(STACK, (config) => {
      config["stagewright:vault"] = {
        address: process.env["E2E_VAULT_ADDRESS"] ?? "http://vault.vault.svc:8200",
        authMount: mounts.auth,
        kvMount: mounts.kv,
        role: `moved-${RUN}`,
        database: { mount: mounts.database },
      };
    });
    const { code, events, text } = await run("preview");
    assert.equal(code, 0, text);
    const told = events.flatMap(({ statements }) => statements ?? []);
    assert.deepEqual(told, ['CREATE ROLE "vault_admin"', GRANT]);
    assert.equal(role("vault_admin"), "");
  });

  it("one up moves it, and none of its readers' requests fails", async () => {
    const { result } = await upUnderLoad();
    assert.equal(at(result["outputs"], "databaseSecretName"), "blog-database");
    await eventually(60, () => sessions() === valuesOf("blog-database")["user"] || sessions());
    assert.match(sessions(), /^v-/);
    assert.equal(role("vault_admin"), "f|t");
  });

  it("what was there is there and the owner's, and what is written by a new login is the owner's, too", async () => {
    await write(`Written with Vault ${RUN}`);
    await shows(TITLE, `Written with Vault ${RUN}`);
    assert.equal(psql("select distinct tableowner from pg_tables where schemaname = 'public'"), "app");
  });

  it("the pods find the same keys, and Pulumi's own Secret is gone", () => {
    assert.deepEqual(valuesOf("blog-application-from-vault"), SECRETS);
    const keys = ["dbname", "host", "password", "port", "uri", "user"];
    assert.deepEqual(Object.keys(valuesOf("blog-database")).toSorted(), keys);
    assert.ok(!namesOf("secrets").includes("blog-application"));
  });

  it("a second up changes nothing, and has nothing to tell the database", async () => {
    const { code, text, result, events } = await run("up", "--yes");
    assert.equal(code, 0, text);
    const changes = Object.keys(result["changes"] as object).filter((op) => op !== "read");
    assert.deepEqual(changes, ["same"], text);
    assert.deepEqual(
      events.filter(({ statements }) => statements),
      [],
    );
  });

  it("without Vault in its file, one up moves it back, and none of its readers' requests fails", async () => {
    here().redeclare(STACK, (config) => delete config["stagewright:vault"]);
    const { result } = await upUnderLoad();
    assert.equal(at(result["outputs"], "databaseSecretName"), "blog-db-app");
    await eventually(60, () => sessions() === "app" || sessions());
    await shows(TITLE, `Written with Vault ${RUN}`);
    assert.deepEqual(valuesOf("blog-application"), SECRETS);
    const secrets = ["blog-database", "blog-application-from-vault", "blog-db-administrator"];
    await eventually(60, () => {
      const left = namesOf("secrets").filter((secret) => secrets.includes(secret));
      return left.length === 0 || left.join();
    });
  });
});
