import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PostgresClusterArgs } from "../../../components";
import { renderManifests } from "../../../embedded/manifests";
import { at, every, list, one } from "../../support/program";
import { type Connection, PolicyEvaluator } from "../../support/policy-evaluator";
import { BACKUP, database } from "./clusters";

const RUNBOOKS = join(__dirname, "..", "..", "..", "docs", "runbooks");
const monitoring = { namespace: "monitoring", selectorLabels: { release: "prometheus" } };
const watched = (args: Partial<PostgresClusterArgs> = {}) =>
  database({ instances: 3, backup: BACKUP, pooler: {}, monitoring, ...args });
type Pod = Extract<Connection["from"], { readonly namespace: string }>;
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string; readonly namespace: string; readonly cluster: string };
  readonly annotations: Readonly<Record<string, string>>;
}
const rules = async (args: Partial<PostgresClusterArgs> = {}) =>
  at(one(await watched(args), "PrometheusRule").inputs, "spec", "groups", 0, "rules") as Rule[];
const names = async (args: Partial<PostgresClusterArgs>) => (await rules(args)).map(({ alert }) => alert);

/** What Alertmanager and Grafana know of the cluster in a namespace. */
const seen = async (namespace: string) => {
  const registrations = await watched({ namespace });
  const files = at(one(registrations, "ConfigMap").inputs, "data") as Record<string, string>;
  const [[file, text] = []] = Object.entries(files);
  const labels = at(one(registrations, "PrometheusRule").inputs, "spec", "groups", 0, "rules", 0, "labels");
  return { file, uid: (JSON.parse(text ?? "{}") as { uid: string }).uid, labels };
};

describe("PostgresCluster's monitoring", () => {
  it("is not there unless it is asked for", async () => {
    assert.deepEqual(
      list(await database()).filter((line) => /Monitor|Rule|ConfigMap/.test(line)),
      [],
    );
  });

  it("reads the metrics of instances and poolers by monitors of its own, not the operator's", async () => {
    const registrations = await watched();
    assert.deepEqual(
      every(registrations, "PodMonitor").map(({ inputs }) => inputs["spec"]),
      [
        {
          selector: { matchLabels: { "cnpg.io/cluster": "db", "cnpg.io/podRole": "instance" } },
          podMetricsEndpoints: [{ port: "metrics", interval: "30s" }],
        },
        {
          selector: {
            matchLabels: { "app.kubernetes.io/name": "db", "app.kubernetes.io/component": "pooler" },
          },
          podMetricsEndpoints: [{ port: "metrics", interval: "30s" }],
        },
      ],
    );
    assert.equal(at(one(registrations, "Cluster").inputs, "spec", "monitoring"), undefined);
  });

  it("carries the labels by which Prometheus chooses", async () => {
    const registrations = await watched();
    for (const { inputs } of [
      ...every(registrations, "PodMonitor"),
      ...every(registrations, "PrometheusRule"),
    ]) {
      assert.equal(at(inputs, "metadata", "labels", "release"), "prometheus");
    }
  });

  it("has all alerts of a replicated cluster that is backed up, and of each only what can be true", async () => {
    const always = ["PostgresVolumeFilling", "PostgresCertificateExpiring"];
    const archive = ["PostgresArchiveFailing", "PostgresBackupTooOld"];
    assert.deepEqual(await names({}), [
      ...archive,
      "PostgresReplicationLag",
      "PostgresNoSynchronousStandby",
      ...always,
    ]);
    assert.deepEqual(await names({ instances: 2 }), [...archive, "PostgresReplicationLag", ...always]);
    assert.deepEqual(await names({ instances: 1 }), [...archive, ...always]);
    const registrations = await database({ instances: 1, monitoring });
    const { inputs } = one(registrations, "PrometheusRule");
    assert.deepEqual(
      (at(inputs, "spec", "groups", 0, "rules") as Rule[]).map(({ alert }) => alert),
      always,
    );
  });

  it("has a runbook for each alert, which says what it means, how to see it and what to do, and no other", async () => {
    const found = await names({});
    // Those of commands are called as these are, in lower case.
    const files = readdirSync(RUNBOOKS).filter((file) => /^[A-Z]/.test(file));
    assert.deepEqual(files.toSorted(), found.map((alert) => `${alert}.md`).toSorted());
    for (const { alert, annotations } of await rules()) {
      assert.equal(annotations["runbook_url"], `docs/runbooks/${alert}.md`);
      assert.ok(existsSync(join(RUNBOOKS, `${alert}.md`)), alert);
      const text = readFileSync(join(RUNBOOKS, `${alert}.md`), "utf8");
      for (const part of [`# ${alert}`, "## What it means", "## How to see it", "## What to do"]) {
        assert.ok(text.includes(part), `${alert}: ${part}`);
      }
    }
  });

  it("looks at this cluster alone", async () => {
    for (const { expr, labels } of await rules()) {
      assert.match(expr, /namespace="blog"/);
      assert.match(expr, /"db-/);
      assert.deepEqual([labels.namespace, labels.cluster], ["blog", "db"]);
    }
  });

  it("is told apart from the same cluster of another namespace, by Alertmanager and by Grafana", async () => {
    const test = await seen("customer-portal-backend-api-test");
    const prod = await seen("customer-portal-backend-api-prod");
    assert.notEqual(test.file, prod.file);
    assert.notEqual(test.uid, prod.uid);
    assert.ok(test.uid.length <= 40 && prod.uid.length <= 40, "what Grafana takes");
    assert.notDeepEqual(test.labels, prod.labels);
  });

  it("takes the age of a backup and the place of the runbooks from its arguments", async () => {
    const own = { ...monitoring, backupMaxAgeHours: 200, runbooks: "https://example.com/runbooks" };
    const rule = (await rules({ monitoring: own })).find(({ alert }) => alert === "PostgresBackupTooOld");
    assert.match(rule?.expr ?? "", /> 720000$/);
    assert.equal(rule?.annotations["runbook_url"], "https://example.com/runbooks/PostgresBackupTooOld.md");
  });

  it("has a dashboard that Grafana's sidecar finds, which asks for this cluster alone", async () => {
    const { inputs } = one(await watched(), "ConfigMap");
    assert.equal(at(inputs, "metadata", "labels", "grafana_dashboard"), "1");
    const board = JSON.parse(String(at(inputs, "data", "blog.db.json"))) as {
      title: string;
      panels: { targets: { expr: string }[]; gridPos: { x: number; y: number } }[];
    };
    assert.equal(board.title, "PostgreSQL blog/db");
    assert.equal(board.panels.length, 8);
    assert.equal(new Set(board.panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size, 8);
    for (const { targets } of board.panels) assert.match(targets[0]?.expr ?? "", /namespace="blog"/);
  });

  it("lets Prometheus in to the metrics, and to nothing else", async () => {
    const policies = new PolicyEvaluator(renderManifests(await watched()).manifests);
    const address = "10.0.0.1";
    const prometheus = { namespace: "monitoring", labels: { app: "prometheus" }, address };
    const instance = { namespace: "blog", labels: { "cnpg.io/cluster": "db" }, address };
    const pooler = {
      namespace: "blog",
      labels: { "app.kubernetes.io/name": "db", "app.kubernetes.io/component": "pooler" },
      address,
    };
    const reached = (from: Pod, to: Pod) =>
      [5432, 8000, 9127, 9187].filter((port) => policies.enters({ from, to, port }));
    assert.deepEqual(reached(prometheus, instance), [9187]);
    assert.deepEqual(reached(prometheus, pooler), [9127]);
    const elsewhere = { ...prometheus, namespace: "other" };
    assert.deepEqual(reached(elsewhere, instance), []);
  });
});
