import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { onPath } from "../../adapters/processes";
import { eventually } from "../e2e/support/cluster";
import { hatch, Sweep } from "../support/canaries";
import { at } from "../support/program";
import { missingForVault, tellVault } from "../support/vault";
import { Postgres, serverPrograms } from "./postgres";
import { freePort } from "./port";

interface Login {
  readonly username: string;
  readonly password: string;
  readonly lease: string;
}

describe("with the real engine, a real Vault and a PostgreSQL with TLS, VaultDatabase", () => {
  const mount = `database-${randomBytes(3).toString("hex")}`;
  const canaries = hatch();
  const sweep = new Sweep(canaries);
  // Without the signs that a connection's address cannot hold as they are.
  const password = canaries["database password"].replaceAll(/[^\w]/g, "");
  let state = "";
  let told = "";
  let postgres: Postgres | undefined;
  const server = () => postgres ?? assert.fail("no server");

  function pulumi(
    args: readonly string[],
    input = "",
  ): { readonly code: number | null; readonly text: string } {
    const { status, stdout, stderr } = spawnSync(
      "pulumi",
      [...args, "--stack", "logins", "--non-interactive"],
      {
        cwd: join(__dirname, "logins"),
        encoding: "utf8",
        input,
        env: {
          ...process.env,
          PULUMI_BACKEND_URL: `file://${state}`,
          PULUMI_CONFIG_PASSPHRASE: "for this test",
        },
      },
    );
    told += stdout + stderr;
    return { code: status, text: stdout + stderr };
  }
  async function login(path: string): Promise<Login> {
    const { body } = await tellVault("GET", `${mount}/${path}`);
    const [username, secret] = ["username", "password"].map((key) => String(at(body, "data", key)));
    return { username: username ?? "", password: secret ?? "", lease: String(at(body, "lease_id")) };
  }
  const as = ({ username, password: own }: Login, statement: string) =>
    server().sql(statement, username, own);
  const exists = (role: string) =>
    server().sql(`select count(*) from pg_roles where rolname = '${role}'`) === "1";

  before(async function () {
    const bin = serverPrograms();
    const near = /\/\/(127\.|localhost)/.test(process.env["VAULT_ADDR"] ?? "");
    if (
      bin === undefined ||
      !onPath("psql") ||
      !onPath("openssl") ||
      !near ||
      (await missingForVault()).length > 0
    ) {
      console.log(
        "not run: logins (a PostgreSQL server, psql and openssl missing beside Vault: apt-get install postgresql openssl)",
      );
      this.skip();
    }
    postgres = new Postgres(bin, await freePort());
    server().sql("CREATE ROLE app LOGIN");
    server().sql("CREATE DATABASE app OWNER app");
    server().sql("CREATE ROLE vault_admin");
    server().sql("GRANT app TO vault_admin WITH ADMIN OPTION");
    server().sql(`ALTER ROLE vault_admin LOGIN CREATEROLE PASSWORD '${password}'`);
    server().sql("ALTER DATABASE app OWNER TO app");
    server().sql("CREATE ROLE reporter LOGIN IN ROLE app");
    await tellVault("POST", `sys/mounts/${mount}`, { type: "database" });
    state = mkdtempSync(join(tmpdir(), "stagewright-logins-"));
    pulumi(["stack", "init"]);
    pulumi(["config", "set", "mount", mount]);
    pulumi(["config", "set", "port", String(server().port)]);
    pulumi(["config", "set", "--secret", "password"], password);
  });
  after(async () => {
    if (state === "") return;
    pulumi(["destroy", "--yes", "--skip-preview"]);
    // What destroy leaves in leases, Vault cannot revoke any more, as it has no connection.
    await tellVault("PUT", `sys/leases/revoke-force/${mount}`);
    await tellVault("DELETE", `sys/mounts/${mount}`);
    server().stop();
    rmSync(state, { recursive: true });
    rmSync(join(__dirname, "logins", "Pulumi.logins.yaml"), { force: true });
  });

  it("fails `up` where the server's certificate is of another authority", () => {
    pulumi(["config", "set", "authority"], readFileSync(server().stranger, "utf8"));
    const { code, text } = pulumi(["up", "--yes", "--skip-preview"]);
    assert.notEqual(code, 0);
    assert.match(text, /certificate|tls|verifying connection/i);
  });

  it("connects as the administrator, who is no superuser, and ends `up` only then", () => {
    pulumi(["config", "set", "authority"], readFileSync(server().authority, "utf8"));
    const { code, text } = pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, text);
    assert.match(pulumi(["up", "--yes", "--skip-preview"]).text, /\d+ unchanged/);
  });

  it("leaves the password nowhere in plain text", () => {
    pulumi(["stack", "export"]);
    pulumi(["preview", "--diff"]);
    assert.deepEqual(sweep.folder(state), []);
    assert.deepEqual(sweep.text(told, "what the engine said"), []);
    assert.ok(!told.includes(password));
  });

  it("makes a login of its own each time, which acts as the owner and may do no more", async () => {
    const [one, other] = [await login("creds/blog"), await login("creds/blog")];
    assert.notEqual(one.username, other.username);
    assert.equal(as(one, "select current_user || ' ' || session_user"), `app ${one.username}`);
    as(one, "create table made (id int); insert into made values (1)");
    assert.equal(as(other, "select count(*) from made"), "1");
    assert.equal(as(other, "select tableowner from pg_tables where tablename = 'made'"), "app");
    assert.throws(() => as(one, "create role more"), /permission denied/);
    assert.throws(() => as(one, "alter role vault_admin password 'x'"), /permission denied/);
  });

  it("renews a lease, and the login with it", async () => {
    const made = await login("creds/blog");
    const until = () => server().sql(`select rolvaliduntil from pg_roles where rolname = '${made.username}'`);
    const before = until();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await tellVault("PUT", "sys/leases/renew", { lease_id: made.lease, increment: 100 });
    assert.notEqual(until(), before);
  });

  it("removes a login with its sessions, and leaves what it made to the owner", async () => {
    const made = await login("creds/blog");
    // A session that puts the owner aside makes things in the login's own name.
    as(made, "set role none; create table left_behind (id int)");
    assert.equal(as(made, "select tableowner from pg_tables where tablename = 'left_behind'"), made.username);
    const session = server().sleep(made.username, made.password);
    const here = () =>
      server().sql(`select count(*) from pg_stat_activity where usename = '${made.username}'`);
    await eventually(10, () => here() === "1" || "no session");
    await tellVault("PUT", "sys/leases/revoke", { lease_id: made.lease, sync: true });
    assert.match(await session, /terminating connection|closed the connection/);
    assert.equal(exists(made.username), false);
    assert.throws(() => as(made, "select 1"), /authentication failed/);
    const other = await login("creds/blog");
    assert.equal(as(other, "select tableowner from pg_tables where tablename = 'left_behind'"), "app");
  });

  it("is content with a login that somebody else has removed", async () => {
    const made = await login("creds/blog");
    server().sql(`drop role "${made.username}"`);
    await tellVault("PUT", "sys/leases/revoke", { lease_id: made.lease, sync: true });
  });

  it("changes the password of a login that stays, which acts as the owner too", async () => {
    const before = await login("static-creds/report");
    assert.equal(before.username, "reporter");
    assert.equal(as(before, "select current_user || ' ' || session_user"), "app reporter");
    await tellVault("POST", `${mount}/rotate-role/report`);
    const rotated = await login("static-creds/report");
    assert.notEqual(rotated.password, before.password);
    assert.equal(as(rotated, "select 1"), "1");
    assert.throws(() => as(before, "select 1"), /authentication failed/);
  });

  it("leaves no connection behind where it gets another name, and ends what the old one made", async () => {
    const made = await login("creds/blog");
    pulumi(["config", "set", "connection", "renamed"]);
    const { code, text } = pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, text);
    const { body } = await tellVault("LIST", `${mount}/config`);
    assert.deepEqual(at(body, "data", "keys"), ["renamed"]);
    assert.equal(as(await login("creds/blog"), "select current_user"), "app");
    await tellVault("PUT", "sys/leases/revoke", { lease_id: made.lease, sync: true });
    assert.equal(exists(made.username), false);
  });
});
