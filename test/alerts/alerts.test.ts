import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onPath } from "../../adapters/processes";
import { alertRules } from "../../components/cnpg/alerts";
import { endUnlessThere } from "../support/parts";

const rules = alertRules({
  namespace: "blog",
  cluster: "db",
  instances: 3,
  archived: true,
  paired: true,
  backupMaxAgeHours: 26,
  runbooks: "docs/runbooks",
});

/** Values of a series, a minute apart: `0x90` is 0 for 90 minutes, `60+60x90` goes on by 60. */
type Series = Readonly<Record<string, string>>;
const pod = (name: string, metric: string) => `${metric}{namespace="blog",pod="${name}"}`;
const claim = (name: string, metric: string) =>
  `kubelet_volume_stats_${metric}_bytes{namespace="blog",persistentvolumeclaim="${name}"}`;
const archiver = (name: string, which: string) => pod(name, `cnpg_pg_stat_archiver_last_${which}_time`);
const BACKUP = "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp";
const certificate = 'x509_cert_not_after{secret_namespace="blog",secret_name="db-server"}';

/** For each alert: what makes it fire after 90 minutes, and what looks alike and must not. */
const cases: readonly (readonly [alert: string, fires: Series, silent: Series])[] = [
  [
    "PostgresArchiveFailing",
    { [archiver("db-1", "failed")]: "100x90", [archiver("db-1", "archived")]: "50x90" },
    { [archiver("db-1", "failed")]: "50x90", [archiver("db-1", "archived")]: "100x90" },
  ],
  [
    "PostgresBackupTooOld",
    { [pod("db-1", BACKUP)]: "-100000x90", [pod("db-2", BACKUP)]: "-100000x90" },
    { [pod("db-1", BACKUP)]: "-100000x90", [pod("db-2", BACKUP)]: "0x90" },
  ],
  [
    "PostgresReplicationLag",
    {
      [pod("db-2", "cnpg_pg_replication_lag")]: "31x90",
      [pod("db-2", "cnpg_collector_replica_mode")]: "0x90",
    },
    {
      [pod("db-2", "cnpg_pg_replication_lag")]: "29x90",
      // In a cluster that follows another one's archive.
      [pod("db-3", "cnpg_pg_replication_lag")]: "99x90",
      [pod("db-3", "cnpg_collector_replica_mode")]: "1x90",
      [pod("other-2", "cnpg_pg_replication_lag")]: "99x90",
    },
  ],
  [
    "PostgresNoSynchronousStandby",
    {
      [pod("db-1", "cnpg_pg_replication_streaming_replicas")]: "0x90",
      [pod("db-2", "cnpg_pg_replication_streaming_replicas")]: "0x90",
    },
    {
      [pod("db-1", "cnpg_pg_replication_streaming_replicas")]: "1x90",
      [pod("db-2", "cnpg_pg_replication_streaming_replicas")]: "0x90",
    },
  ],
  [
    "PostgresVolumeFilling",
    { [claim("db-1-wal", "available")]: "14x90", [claim("db-1-wal", "capacity")]: "100x90" },
    { [claim("db-1-wal", "available")]: "16x90", [claim("db-1-wal", "capacity")]: "100x90" },
  ],
  [
    "PostgresCertificateExpiring",
    { [certificate]: "432000x90" },
    {
      [certificate]: "600000x90",
      'x509_cert_not_after{secret_namespace="other",secret_name="db-server"}': "1x90",
    },
  ],
];

/** What Prometheus fills in for the value of each that fires. */
const VALUES: Readonly<Record<string, string>> = {
  PostgresArchiveFailing: "50",
  PostgresBackupTooOld: "105340",
  PostgresReplicationLag: "31",
  PostgresNoSynchronousStandby: "0",
  PostgresVolumeFilling: "0.14",
  PostgresCertificateExpiring: "426660",
};

/** The annotations with the value that Prometheus fills in, as it prints it. */
function annotationsOf(alert: string): Record<string, string> {
  const annotations = rules.find((found) => found.alert === alert)?.annotations;
  assert.ok(annotations);
  const value = VALUES[alert] ?? "";
  return { ...annotations, description: annotations.description.replace("{{ $value }}", value) };
}

describe("the alerts of a PostgreSQL cluster", () => {
  let folder = "";
  before(function () {
    const promtool = { part: "promtool", how: "apt-get install prometheus" };
    endUnlessThere("test:alerts", onPath("promtool") ? [] : [promtool]);
    folder = mkdtempSync(join(tmpdir(), "alerts-"));
    writeFileSync(join(folder, "rules.yaml"), JSON.stringify({ groups: [{ name: "db", rules }] }));
  });
  after(() => rmSync(folder, { recursive: true }));

  const promtool = (...args: string[]) =>
    execFileSync("promtool", args, { cwd: folder, encoding: "utf8", stdio: "pipe" });

  /** Lets promtool judge whether an alert fires after 90 minutes of these series. */
  function judge(alert: string, series: Series, fires: boolean): void {
    const rule = rules.find((found) => found.alert === alert);
    assert.ok(rule, alert);
    const test = {
      rule_files: ["rules.yaml"],
      evaluation_interval: "1m",
      tests: [
        {
          interval: "1m",
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          alert_rule_test: [
            {
              eval_time: "89m",
              alertname: alert,
              exp_alerts: fires ? [{ exp_labels: rule.labels, exp_annotations: annotationsOf(alert) }] : [],
            },
          ],
        },
      ],
    };
    writeFileSync(join(folder, "test.yaml"), JSON.stringify(test));
    promtool("test", "rules", "test.yaml");
  }

  it("are taken by Prometheus", () => {
    assert.match(promtool("check", "rules", "rules.yaml"), /SUCCESS: 6 rules found/);
  });

  it("are each shown to fire, and to keep quiet", () => {
    assert.deepEqual(
      cases.map(([alert]) => alert),
      rules.map(({ alert }) => alert),
    );
  });

  for (const [alert, fires, silent] of cases) {
    it(`${alert} fires`, () => judge(alert, fires, true));
    it(`${alert} keeps quiet beside it`, () => judge(alert, silent, false));
  }

  it("tell a backup that never was", () => {
    const never = { [pod("db-1", BACKUP)]: "0x1700" };
    const test = {
      rule_files: ["rules.yaml"],
      tests: [
        {
          interval: "1m",
          input_series: [{ series: pod("db-1", BACKUP), values: never[pod("db-1", BACKUP)] }],
          promql_expr_test: [
            {
              expr: 'count(ALERTS{alertname="PostgresBackupTooOld",alertstate="firing"})',
              eval_time: "1640m",
              exp_samples: [{ labels: "{}", value: 1 }],
            },
          ],
        },
      ],
    };
    writeFileSync(join(folder, "never.yaml"), JSON.stringify(test));
    promtool("test", "rules", "never.yaml");
  });
});
