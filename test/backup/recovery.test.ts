import assert from "node:assert/strict";
import { readBackupHealth } from "../../release/backup-health";
import { eventually, kubectl } from "../e2e/support/cluster";
import { endUnlessThere } from "../support/parts";
import { archive, archiving, close, damageFile, declare, namespace, open, query, read, ready } from "./bench";
import { missingForBackup } from "./store";

const say = (text: string) => void process.stdout.write(`      ${text}\n`);

describe("a database that is backed up, on the real parts", () => {
  /** The time of the last transaction that must be there, and a later one that can be reached as well. */
  let target = "";
  let beyond = "";
  let lost = "";

  before(async () => {
    const missing = await missingForBackup();
    endUnlessThere("test:backup", missing);
    open();
  });
  after(close);

  it("archives its log, and is backed up at once without anybody's doing", async () => {
    await declare("db");
    say(`ready after ${(await ready("db")).toFixed(0)} s`);
    await archiving("db");
    const began = Date.now();
    await eventually(300, async () => {
      const health = await readBackupHealth({}, namespace, "db", 26);
      return health.state === "healthy" || [health.problem, ...health.look].join("\n");
    });
    say(`backed up after another ${((Date.now() - began) / 1000).toFixed(0)} s`);
    assert.match(read("objectstore", "db", ".status.serverRecoveryWindow"), /"db-1"/);
  });

  it("keeps its RPO: what is written is in the archive within 60 s, without anybody's doing", async () => {
    query("db", "create table canary (id int primary key, written timestamptz default clock_timestamp())");
    const file = query("db", "select pg_walfile_name(pg_current_wal_lsn())");
    const began = Date.now();
    await eventually(90, () => {
      const last = query("db", "select coalesce(last_archived_wal, '') from pg_stat_archiver");
      return last >= file || last;
    });
    const seconds = (Date.now() - began) / 1000;
    say(`archived after ${seconds.toFixed(1)} s`);
    assert.ok(seconds <= 60, `${seconds} s`);
  });

  it("is recovered to a time, exact to the transaction, and archives again under a name of its own", async () => {
    query("db", "insert into canary (id) values (1)");
    query("db", "insert into canary (id) values (2)");
    target = query(
      "db",
      "select to_char(pg_xact_commit_timestamp(xmin) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from canary where id = 1",
    );
    await archive("db");
    query("db", "insert into canary select generate_series(3, 1000)");
    lost = await archive("db");
    query("db", "insert into canary (id) values (1001)");
    query("db", "insert into canary (id) values (1002)");
    beyond = query(
      "db",
      "select to_char(pg_xact_commit_timestamp(xmin) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from canary where id = 1001",
    );
    await archive("db");
    await declare("exact", { recovery: { serverName: "db-1", objectStoreName: "db", targetTime: target } });
    say(`recovered after ${(await ready("exact", 600)).toFixed(0)} s`);
    assert.equal(query("exact", "select string_agg(id::text, ',' order by id) from canary"), "1");
    await archiving("exact");
    assert.equal(
      read("cluster.postgresql.cnpg.io", "exact", ".spec.plugins[0].parameters.serverName"),
      "exact-1",
    );
  });

  it("leaves the one that it was recovered from untouched", () => {
    assert.equal(query("db", "select count(*), max(id) from canary"), "1002|1002");
    assert.equal(query("db", "select timeline_id from pg_control_checkpoint()"), "1");
  });

  it("is recovered completely without a target", async () => {
    await declare("whole", { recovery: { serverName: "db-1", objectStoreName: "db" } });
    say(`recovered after ${(await ready("whole", 600)).toFixed(0)} s`);
    assert.equal(query("whole", "select count(*), max(id) from canary"), "1002|1002");
  });

  it("refuses, with the reason, to archive into the archive of another history", async () => {
    kubectl("delete", "cluster.postgresql.cnpg.io", "whole", "--namespace", namespace, "--wait");
    await declare("whole");
    await eventually(300, async () => {
      const health = await readBackupHealth({}, namespace, "whole", 26);
      return /Expected empty archive/.test([health.problem, ...health.look].join("\n")) || health.problem;
    });
  });

  it("fails when a file of the log is missing, instead of stopping short of the target", async () => {
    assert.ok(damageFile("db-1", "db-1", lost, "remove") > 0, `${lost} was in the store`);
    const began = Date.now();
    await declare("short", { recovery: { serverName: "db-1", objectStoreName: "db", targetTime: beyond } });
    await eventually(300, () => {
      const log = kubectl(
        "logs",
        "--namespace",
        namespace,
        "--selector",
        "cnpg.io/jobRole=full-recovery,cnpg.io/cluster=short",
        "--all-containers",
        "--tail",
        "2000",
        "--ignore-errors",
      );
      return /recovery ended before configured recovery target was reached/.test(log) || "no such word yet";
    });
    say(`failed after ${((Date.now() - began) / 1000).toFixed(0)} s`);
    assert.notEqual(read("cluster.postgresql.cnpg.io", "short", ".status.phase"), "Cluster in healthy state");
  });
});
