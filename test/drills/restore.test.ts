import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { drillProblem } from "../../release/drill-gate";
import { readLastDrill } from "../../release/live";
import { readBackupHealth } from "../../release/backup-health";
import { drillRestore, type RestoreResult } from "../../release/drills/restore";
import { readSource, restoredFrom } from "../../release/drills/source-cluster";
import type { DeclaredStack } from "../../release/stack";
import {
  apply,
  archive,
  close,
  damageFile,
  declare,
  declareDrill,
  namespace,
  open,
  query,
  read,
  ready,
} from "../backup/bench";
import { missingForBackup } from "../backup/store";
import { eventually, kubectl } from "../e2e/support/cluster";
import { endUnlessThere } from "../support/parts";
import { applicationImage, deployApplication } from "./application";
import { quantile } from "./quantile";

/** Restores by drill and by hand, in turn; `RESTORE_DRILLS=20` for figures. */
const ROUNDS = Number(process.env["RESTORE_DRILLS"] ?? 1);

const say = (text: string) => void process.stdout.write(`      ${text}\n`);
const here = (kinds: string, ...selector: string[]) =>
  kubectl("get", kinds, "--namespace", namespace, "--output", "name", "--ignore-not-found", ...selector);
const healthy = () =>
  eventually(300, async () => {
    const health = await readBackupHealth({}, namespace, "db", 26);
    return health.state === "healthy" || [health.problem, ...health.look].join("\n");
  });
const stack = { client: {}, settings: { kubernetes: { namespace } } } as DeclaredStack;

/** Nothing of a drill is left, in Kubernetes or in the live database. */
async function nothingLeft(name = "db-restored"): Promise<void> {
  const kinds = "pods,jobs,persistentvolumeclaims,secrets,services";
  await eventually(60, () => here(kinds, "--selector", `cnpg.io/cluster=${name}`) || true);
  assert.equal(here("pods,networkpolicies", "--selector", "app.kubernetes.io/name=db-restored"), "");
  assert.equal(query("db", "select count(*) from pg_namespace where nspname like 'stagewright%'"), "0");
  assert.equal(here(`cluster.postgresql.cnpg.io/${name}`), "");
}
/** The seconds of the same restore with kubectl alone. */
async function byHand(target: string): Promise<number> {
  const cluster = restoredFrom({ ...(await readSource({}, namespace, "db")), name: "hand" }, target);
  const began = Date.now();
  apply(cluster);
  const restored = ["cluster.postgresql.cnpg.io/hand-restored", "--namespace", namespace];
  const wait = ["wait", ...restored, "--for=condition=Ready", "--timeout=600s"];
  execFileSync("kubectl", wait, { stdio: "ignore" });
  const seconds = (Date.now() - began) / 1000;
  kubectl("delete", ...restored);
  return seconds;
}

describe("the restore drill, on the real parts", () => {
  const progress = { step: say, warn: say };
  let passed: RestoreResult;

  const drill = (onStep: (text: string) => void = () => undefined) =>
    drillRestore(
      {
        client: {},
        namespace,
        cluster: "db",
        rpoSeconds: 60,
        timeoutSeconds: 600,
        application: {
          host: "blog.example.com",
          checks: [
            { path: "/readyz", status: 200 },
            { path: "/", status: 200, contains: "rows 500 of db-restored-rw" },
          ],
        },
      },
      {
        ...progress,
        step: (text) => {
          say(text);
          onStep(text);
        },
      },
    );

  before(async () => {
    const image = {
      part: "application image",
      how: "E2E_BASE_IMAGE=… of an image with Mojolicious and DBD::Pg",
    };
    const missing = [...(await missingForBackup()), ...(applicationImage ? [] : [image])];
    endUnlessThere("test:restore", missing);
    open();
    await declare("db");
    say(`ready after ${(await ready("db")).toFixed(0)} s`);
    query("db", "create table canary as select id, md5(id::text) from generate_series(1, 500) id");
    query("db", "alter table canary owner to app");
    await healthy();
    deployApplication("db");
    kubectl("rollout", "status", "deployment/web", "--namespace", namespace, "--timeout=180s");
  });
  after(close);

  it("proves the newest backup up to a moment of now, by SQL and by the application, and leaves nothing", async () => {
    passed = await drill();
    say(JSON.stringify(passed));
    assert.equal(passed.result, "passed", passed.reason);
    assert.equal(passed.checks, 2);
    assert.ok((passed.rows ?? 0) >= 501, `${passed.rows} rows`);
    assert.ok((passed.rpoSeconds ?? Infinity) <= 60, `${passed.rpoSeconds} s`);
    await nothingLeft();
    assert.equal(query("db", "select count(*) from canary"), "500");
    assert.equal(query("db", "select timeline_id from pg_control_checkpoint()"), "1");
  });

  it("leaves its result where the gate finds it", async () => {
    const last = await readLastDrill(stack);
    assert.equal(drillProblem(last, 1, new Date()), undefined);
  });

  it(`takes no longer than 1.5 times the same restore by hand, in ${ROUNDS} of each`, async function () {
    this.timeout(ROUNDS * 900_000);
    const seconds: { readonly drilled: number; readonly hand: number }[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const result = round === 1 ? passed : await drill();
      assert.equal(result.result, "passed", result.reason);
      const { rtoSeconds: drilled = Infinity, rpoSeconds, target = "" } = result;
      const hand = await byHand(target);
      say(`${round}: by hand ${hand.toFixed(1)} s, restored and proved ${drilled} s, RPO ${rpoSeconds} s`);
      seconds.push({ drilled, hand });
    }
    const figures = (kind: "drilled" | "hand") => {
      const sorted = seconds.map((each) => each[kind]).toSorted((one, other) => one - other);
      return [quantile(sorted, 0.5), quantile(sorted, 0.95)] as const;
    };
    const [[drilled, slowest], [hand, slowestByHand]] = [figures("drilled"), figures("hand")];
    const ratio = drilled / hand;
    say(
      `median ${drilled.toFixed(1)} s (p95 ${slowest.toFixed(1)}), by hand ${hand.toFixed(1)} s ` +
        `(p95 ${slowestByHand.toFixed(1)}), ratio ${ratio.toFixed(2)}`,
    );
    assert.ok(ratio <= 1.5, `ratio ${ratio.toFixed(2)}`);
  });

  it("leaves nothing when it is interrupted", async () => {
    let interrupted = false;
    const interrupt = (text: string) => {
      if (interrupted || !text.startsWith("  ")) return;
      interrupted = true;
      process.emit("SIGINT");
    };
    await assert.rejects(drill(interrupt), { message: "interrupted; what was restored is removed" });
    await nothingLeft();
  });

  it("runs on a schedule with rights of its own, and leaves its result", async () => {
    await declareDrill("db-drill", "db");
    const began = Date.now();
    kubectl("create", "job", "once", "--from=cronjob/db-drill", "--namespace", namespace);
    await eventually(600, () => {
      const done = read("job", "once", ".status.conditions[*].type");
      return /Complete|Failed/.test(done) || read("cluster.postgresql.cnpg.io", "db", ".status.phase");
    });
    say(kubectl("logs", "job/once", "--namespace", namespace));
    say(`${((Date.now() - began) / 1000).toFixed(0)} s`);
    assert.match(read("job", "once", ".status.conditions[*].type"), /Complete/);
    const result = JSON.parse(
      read("configmap", "db-drill-result", ".data['result\\.json']"),
    ) as RestoreResult;
    assert.equal(result.result, "passed");
    assert.equal(result.tables, passed.tables);
    assert.deepEqual(await readLastDrill(stack), {
      kind: "restore",
      ended: result.ended,
      result: "passed",
      rpoSeconds: result.rpoSeconds,
      rtoSeconds: result.rtoSeconds,
    });
    await nothingLeft("db-drill-restored");
  });

  for (const [damage, title] of [
    ["remove", "is missing"],
    ["corrupt", "is corrupted"],
  ] as const) {
    it(`fails quickly, and names the file, when one of the log ${title}; a left-over does not hinder it`, async () => {
      // Every later file is of a range that begins with a backup that is whole.
      apply({
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Backup",
        metadata: { name: damage, namespace },
        spec: {
          cluster: { name: "db" },
          method: "plugin",
          pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
        },
      });
      await eventually(
        300,
        () => read("backup.postgresql.cnpg.io", damage, ".status.phase") === "completed" || damage,
      );
      query("db", `create table ${damage}d as select generate_series(1, 100) id`);
      const file = await archive("db");
      assert.ok(damageFile("db-1", "db-1", file, damage) > 0, `${file} was in the store`);
      apply(restoredFrom(await readSource({}, namespace, "db"), new Date().toISOString()));
      const steps: string[] = [];
      let restoring = 0;
      const result = await drill((text) => {
        steps.push(text);
        if (text.startsWith("restoring")) restoring = Date.now();
      });
      const seconds = (Date.parse(result.ended) - restoring) / 1000;
      say(`failed ${seconds.toFixed(0)} s after the order to restore: ${result.reason}`);
      assert.equal(result.result, "failed");
      assert.ok(result.reason?.includes(file), result.reason);
      assert.ok(steps.some((text) => /which an earlier drill has left/.test(text)));
      assert.ok(seconds < 180, `${seconds} s`);
      assert.match(drillProblem(await readLastDrill(stack), 1, new Date()) ?? "", /failed: the log cannot/);
      await nothingLeft();
    });
  }
});
