import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "mocha";
import { type Engine, findEngine } from "../../adapters/engine";
import { capture } from "../../adapters/processes";
import { resolveStack } from "../../environments/resolve";
import { withDatabaseWay } from "../../release/database-way";
import type { DeclaredStack } from "../../release/stack";
import { sql } from "../e2e/support/cluster";
import { endUnlessThere, missingEngine, missingForCluster, missingOperator } from "../support/parts";

const ROOT = resolve(__dirname, "../..");
const NAMESPACE = `grants-${randomBytes(3).toString("hex")}`;
const PASSWORD = randomBytes(16).toString("hex");
const IMAGE = process.env["E2E_POSTGRES_IMAGE"] ?? "ghcr.io/cloudnative-pg/postgresql:18.4-standard-trixie";

async function requireParts(): Promise<void> {
  const cluster = await missingForCluster();
  const missing = [...missingEngine(), ...cluster, ...(cluster.length > 0 ? [] : await missingOperator())];
  endUnlessThere("test:grants", missing);
}

/** What a run changed, and what it said. */
interface Run {
  readonly exitCode: number;
  readonly text: string;
  /** What it complains of. */
  readonly errors: string;
  readonly changes: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** What a role gets for a statement, over TLS and with its password: rows, or PostgreSQL's refusal. */
function as(role: string, statement: string): string {
  const target = `host=db-rw dbname=app user=${role} sslmode=require connect_timeout=10`;
  const script = `read -r PGPASSWORD; export PGPASSWORD; exec psql -XAtq -d "${target}" -c "${statement}"`;
  const where = ["exec", "-i", "--namespace", NAMESPACE, "db-1", "--container", "postgres", "--"];
  const done = spawnSync("kubectl", [...where, "sh", "-c", script], {
    input: `${PASSWORD}\n`,
    encoding: "utf8",
  });
  return (done.status === 0 ? done.stdout : done.stderr).trim();
}
const superuser = (statement: string) => sql(NAMESPACE, "db-1", statement);
const denied = /permission denied/;

describe("grants in a database inside the cluster, by the real engine", () => {
  let folder = "";
  let stack: DeclaredStack;

  before(async () => {
    await requireParts();
    folder = mkdtempSync(join(tmpdir(), "stagewright-grants-"));
    for (const part of ["components", "package.json"])
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    cpSync(join(ROOT, "test/grants/program"), join(folder, "test/grants/program"), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const configuration = { image: { repository: "x/blog" }, kubernetes: { namespace: NAMESPACE } };
    const resolution = resolveStack("test", configuration);
    assert.ok("stack" in resolution);
    const directory = join(folder, "test/grants/program");
    const client = {};
    stack = { directory, name: "test", settings: resolution.stack, secretsProvider: "passphrase", client };
    pulumi("", "stack", "init", "test");
    for (const [key, value] of Object.entries({ namespace: NAMESPACE, image: IMAGE, granted: "false" })) {
      pulumi("", "config", "set", key, value);
    }
    pulumi(PASSWORD, "config", "set", "--secret", "password");
  });
  after(async () => {
    if (folder === "") return;
    const { exitCode, errors } = await run(["destroy", "--yes", "--skip-preview"]);
    rmSync(folder, { recursive: true });
    assert.equal(exitCode, 0, errors);
  });

  const env = () => ({
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "only for this test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  });
  function pulumi(input: string, ...args: string[]): void {
    const stackArgs = args[0] === "stack" ? [] : ["--stack", "test"];
    execFileSync("pulumi", [...args, ...stackArgs, "--non-interactive"], {
      cwd: stack.directory,
      env: { ...process.env, ...env() },
      input,
    });
  }
  /** Runs the engine with the way that our commands give it, or one that `change` makes of it. */
  async function run(
    args: readonly string[],
    change: (env: Record<string, string>) => Record<string, string> = (given) => given,
  ): Promise<Run> {
    const warnings: string[] = [];
    const progress = { step: () => undefined, warn: (text: string) => void warnings.push(text) };
    const engine: Engine = { ...findEngine(stack.directory), env: env() };
    return withDatabaseWay(stack, engine, progress, async (led) => {
      const words = [...args, "--stack", "test", "--non-interactive", "--json"];
      const done = await capture("pulumi", words, { cwd: stack.directory, env: change({ ...led.env }) });
      const text = `${done.stdout}\n${done.stderr}`;
      const errors = text.split("\n").filter((line) => line.includes('"severity":"error"'));
      const summary = /"resourceChanges":(\{[^}]*\})/.exec(text.replaceAll(/\s/g, ""))?.[1] ?? "{}";
      return {
        exitCode: done.exitCode,
        text,
        errors: [...errors, ...warnings].join("\n"),
        changes: JSON.parse(summary) as Record<string, number>,
        warnings,
      };
    });
  }
  async function up(granted: boolean): Promise<Run> {
    pulumi("", "config", "set", "granted", String(granted));
    const done = await run(["up", "--yes", "--skip-preview"]);
    assert.equal(done.exitCode, 0, done.errors);
    return done;
  }

  it("are made in one run, over a way that is opened when the provider asks, and ends with the run", async () => {
    await up(false);
    superuser(
      "set role app; create table old (id serial, word text); insert into old (word) values ('first')",
    );
    assert.match(as("reporting", "select word from old"), denied);
    const { changes, warnings } = await up(true);
    assert.deepEqual(warnings, []);
    assert.ok((changes["create"] ?? 0) > 10, JSON.stringify(changes));
    const left = spawnSync("pgrep", ["-f", `port-forward service/db-rw :5432 --namespace ${NAMESPACE}`]);
    assert.equal(left.status, 1, "a port-forward is left");
  });

  it("let a read-only role read what was there and what is new, and write nothing", () => {
    assert.equal(as("reporting", "select word from old"), "first");
    superuser("set role app; create table new (word text); insert into new values ('second')");
    superuser("set role app; create table audit.trail (word text); insert into audit.trail values ('third')");
    assert.equal(as("reporting", "select word from new"), "second");
    assert.equal(as("reporting", "select word from audit.trail"), "third");
    assert.equal(as("reporting", "select last_value from old_id_seq"), "1");
    for (const statement of [
      "insert into old (word) values ('x')",
      "update new set word = 'x'",
      "delete from audit.trail",
      "truncate new",
      "create table mine (id int)",
      "create table audit.mine (id int)",
      "create schema mine",
      "select nextval('old_id_seq')",
      "drop table new",
    ]) {
      assert.match(as("reporting", statement), /permission denied|must be owner/, statement);
    }
  });

  it("let a migration role make tables that the application writes and the read-only role reads", () => {
    assert.equal(as("migrator", "create table made (id serial, word text)"), "");
    assert.equal(as("migrator", "alter table old add column more text"), "");
    superuser("set role app; insert into made (word) values ('fourth')");
    assert.equal(as("reporting", "select word from made"), "fourth");
    assert.match(as("reporting", "insert into made (word) values ('x')"), denied);
    assert.equal(
      superuser("select rolsuper or rolcreaterole or rolcreatedb from pg_roles where rolname = 'grants'"),
      "f",
    );
  });

  it("change nothing when nothing has changed, though there are tables that were not there", async () => {
    const { changes } = await up(true);
    assert.deepEqual(Object.keys(changes), ["same"]);
    const looked = await run(["refresh", "--yes", "--skip-preview"]);
    assert.equal(looked.exitCode, 0, looked.errors);
    assert.deepEqual(Object.keys((await up(true)).changes), ["same"]);
  });

  it("come back when somebody took one away", async () => {
    superuser("revoke select on old from reporting");
    assert.match(as("reporting", "select word from old"), denied);
    const done = await run(["up", "--yes", "--skip-preview", "--refresh"]);
    assert.equal(done.exitCode, 0, done.errors);
    assert.equal(as("reporting", "select word from old"), "first");
  });

  const refusals: readonly (readonly [
    title: string,
    change: (env: Record<string, string>) => object,
    message: RegExp,
  ])[] = [
    [
      "another authority than the cluster's",
      () => {
        const other = join(folder, "other.crt");
        const subject = ["-subj", "/CN=other", "-keyout", "/dev/null", "-out", other, "-days", "1"];
        execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject], {
          stdio: "pipe",
        });
        return { STAGEWRIGHT_DATABASE_CA: other };
      },
      /certificate signed by unknown authority/,
    ],
    [
      "no authority at all",
      () => ({ STAGEWRIGHT_DATABASE_CA: "" }),
      /certificate signed by unknown authority/,
    ],
    ["no way", () => ({ STAGEWRIGHT_DATABASE_PROXY: "" }), /error connecting to PostgreSQL server db-rw/],
  ];
  for (const [title, change, message] of refusals) {
    it(`are not touched with ${title}`, async () => {
      const done = await run(["refresh", "--yes", "--skip-preview"], (given) => ({
        ...given,
        ...change(given),
      }));
      assert.notEqual(done.exitCode, 0);
      assert.match(done.text, message);
      assert.ok(!done.text.includes(PASSWORD));
    });
  }

  it("are gone without a trace when they are no longer declared", async () => {
    superuser("drop table audit.trail");
    await up(false);
    assert.equal(superuser("select count(*) from pg_default_acl"), "0");
    assert.equal(superuser("select count(*) from pg_namespace where nspname = 'audit'"), "0");
    const acl = (column: string, from: string) =>
      superuser(`select coalesce(string_agg(${column}::text, ' '), '') from ${from}`);
    assert.doesNotMatch(acl("relacl", "pg_class"), /reporting/);
    // As PostgreSQL makes it.
    const own = "{pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}";
    assert.equal(acl("nspacl", "pg_namespace where nspname = 'public'"), own);
    assert.match(as("reporting", "select word from old"), denied);
  });

  it("need no way to a database that goes with them", async () => {
    await up(true);
    const words = ["destroy", "--yes", "--skip-preview"];
    const { exitCode, errors } = await run(words, (given) => ({ ...given, STAGEWRIGHT_DATABASE_PROXY: "" }));
    assert.equal(exitCode, 0, errors);
  });
});
