import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { capture } from "../../adapters/processes";
import { eventually, kubectl, podIdentities, secretValues, sql } from "../e2e/support/cluster";
import { Reader } from "../e2e/support/reader";
import { target } from "../e2e/support/target";
import { endUnlessThere } from "../support/parts";
import { at } from "../support/program";
import { missingForDelivery, tellVault, VaultMounts } from "../support/vault";
import { ServiceName } from "./names";
import { Stream } from "./stream";

const RUN = randomBytes(3).toString("hex");
const NAMESPACE = `static-logins-${RUN}`;
const REVIEWER = `stagewright-static-${RUN}`;
const ROLE = `blog-${RUN}`;
const LOGIN = "writer";
const HOST = "static-logins.example.com";
const AUTHOR = randomBytes(16).toString("hex");
/** Seconds between two changes of the password, few enough to see one. */
const ROTATION = 60;
const RATE = 30;

const there = () =>
  kubectl("get", "secret", "blog-database", "--namespace", NAMESPACE, "--ignore-not-found") !== "";

interface Login {
  readonly user: string;
  readonly password: string;
}

function brought(): Login {
  const { user = "", password = "" } = secretValues(NAMESPACE, "blog-database");
  return { user, password };
}

/** What a login gets over TLS in a new session; the password goes by standard input. */
function as({ user, password }: Login): string {
  const where = `host=blog-db-rw dbname=app user=${user} sslmode=require connect_timeout=10`;
  const ask = "select current_user || ' ' || session_user";
  const script = `read -r PGPASSWORD; export PGPASSWORD; exec psql -XAtq -d "${where}" -c "${ask}"`;
  const words = ["exec", "-i", "--namespace", NAMESPACE, "blog-db-1", "--container", "postgres", "--"];
  const done = spawnSync("kubectl", [...words, "sh", "-c", script], {
    input: `${password}\n`,
    encoding: "utf8",
  });
  return (done.status === 0 ? done.stdout : done.stderr).trim();
}
const say = (text: string) => void process.stdout.write(`      ${text}\n`);

describe("the blog with a login that stays, and whose password Vault changes", () => {
  const mounts = new VaultMounts(RUN, REVIEWER);
  let state = "";
  let name: ServiceName | undefined;
  let pods: string[];

  // It runs beside the timer that follows the Service's name.
  const pulumi = (args: readonly string[], input = "") =>
    capture("pulumi", [...args, "--stack", "static", "--non-interactive"], {
      cwd: join(__dirname, "static-logins"),
      env: { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "for this test" },
      input,
    });

  before(async () => {
    const missing = await missingForDelivery();
    endUnlessThere("test:delivery", missing);
    kubectl("create", "namespace", REVIEWER);
    await mounts.open();
    if (/\/\/(127\.|localhost)/.test(process.env["VAULT_ADDR"] ?? "")) {
      name = new ServiceName(NAMESPACE, "blog-db-rw");
    }
    state = mkdtempSync(join(tmpdir(), "stagewright-static-"));
    await pulumi(["stack", "init"]);
    for (const [key, value] of Object.entries({
      namespace: NAMESPACE,
      gateway: target.gateway,
      repository: target.repository,
      builder: target.builder,
      base: target.baseImage,
      image: target.postgresImage ?? "ghcr.io/cloudnative-pg/postgresql:18.4-standard-trixie",
      host: HOST,
      address: process.env["E2E_VAULT_ADDRESS"] ?? "http://vault.vault.svc:8200",
      authMount: mounts.auth,
      kvMount: mounts.kv,
      mount: mounts.database,
      role: ROLE,
      rotation: String(ROTATION),
    })) {
      if (value !== undefined) await pulumi(["config", "set", key, value]);
    }
    await pulumi(["config", "set", "--secret", "signing"], randomBytes(16).toString("hex"));
    await pulumi(["config", "set", "--secret", "author"], AUTHOR);
  });
  after(async () => {
    if (state === "") return;
    await pulumi(["destroy", "--yes", "--skip-preview"]);
    name?.stop();
    await mounts.close();
    kubectl("delete", "namespace", REVIEWER, "--ignore-not-found", "--wait=false");
    rmSync(state, { recursive: true });
    rmSync(join(__dirname, "static-logins", "Pulumi.static.yaml"), { force: true });
  });

  it("up ends with the blog served and written to, with that login alone, which acts as the owner", async () => {
    const { exitCode, stdout, stderr } = await pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(exitCode, 0, stdout + stderr);
    pods = podIdentities(NAMESPACE);
    const login = brought();
    assert.equal(login.user, LOGIN);
    assert.equal(as(login), `app ${LOGIN}`);
    const author = new Reader(HOST);
    await author.submit("/login", "/login", { password: AUTHOR });
    const posted = await author.submit("/posts/new", "/posts", { title: `Post ${RUN}`, body: "Text." });
    assert.equal(posted.status, 302, posted.body);
    assert.equal(
      sql(NAMESPACE, "blog-db-1", "select tableowner from pg_tables where tablename = 'posts'"),
      "app",
    );
    const others = "'postgres', 'vault_admin'";
    const users = `select distinct usename from pg_stat_activity where datname = 'app' and usename not in (${others})`;
    assert.equal(sql(NAMESPACE, "blog-db-1", users), LOGIN);
  });

  it("nobody but Vault sets its password: CloudNativePG has no Secret for it", () => {
    const { items } = JSON.parse(
      kubectl("get", "databaseroles.postgresql.cnpg.io", "--namespace", NAMESPACE, "--output", "json"),
    ) as { items: { spec: { name: string; passwordSecret?: { name: string } } }[] };
    const withPassword = items.map(({ spec }) => [spec.name, spec.passwordSecret?.name]);
    assert.deepEqual(
      withPassword.toSorted((one, other) => String(one[0]).localeCompare(String(other[0]))),
      [
        ["vault_admin", "blog-db-administrator"],
        [LOGIN, undefined],
      ],
    );
    const cluster: unknown = JSON.parse(
      kubectl("get", "clusters.postgresql.cnpg.io", "blog-db", "--namespace", NAMESPACE, "--output", "json"),
    );
    assert.equal(at(cluster, "spec", "managed", "roles"), undefined);
  });

  /** What the documents say to do after a change by hand. */
  async function rotateByHand(): Promise<void> {
    await tellVault("POST", `${mounts.database}/rotate-role/${ROLE}`);
    kubectl("delete", "secret", "blog-database", "--namespace", NAMESPACE);
  }
  for (const [who, rotate, within] of [
    ["Vault's clock", undefined, 2 * ROTATION],
    ["somebody", rotateByHand, 20],
  ] as const) {
    it(`its password is changed by ${who} under load: 0 requests fail, no pod restarts, and the old one is refused`, async () => {
      const before = brought();
      const stream = new Stream(HOST, "/", RATE);
      const began = Date.now();
      await rotate?.();
      await eventually(
        within,
        () => (there() && brought().password !== before.password) || "no new password",
      );
      const seconds = (Date.now() - began) / 1000;
      await new Promise((resolve) => setTimeout(resolve, 15_000));
      const report = await stream.stop();
      say(
        `${report.sent} requests at ${RATE}/s, ${report.failed} failed; in the Secret after ${seconds.toFixed(0)} s`,
      );
      assert.deepEqual([report.failed, report.kinds], [0, {}]);
      assert.equal(as(brought()), `app ${LOGIN}`);
      assert.match(as(before), /authentication failed/);
      assert.deepEqual(podIdentities(NAMESPACE), pods);
    });
  }
});
