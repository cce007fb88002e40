import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { alertRules, type Watched } from "./alerts";
import { dashboardFile, dashboardJson } from "./dashboard";
import { metadataOf } from "./metadata";
import { PodMonitor, PrometheusRule } from "./monitors";
import { instanceLabels, poolerLabels } from "./policies";
import type { Settings } from "./settings";

/** Watches over a cluster: its metrics, alerts with a runbook each, and a dashboard; nothing without `monitoring`. */
export function watch(name: string, settings: Settings, parent: pulumi.Resource): void {
  const { monitoring, pooler } = settings;
  if (monitoring === undefined) return;
  const { selectorLabels = {}, backupMaxAgeHours = 26, runbooks = "docs/runbooks" } = monitoring;
  const chosen = { ...settings, labels: { ...settings.labels, ...selectorLabels } };
  const watched = pulumi.output(settings.namespace).apply((namespace): Watched => ({
    namespace,
    cluster: name,
    instances: settings.instances,
    archived: settings.backup !== undefined,
    paired: settings.replica !== undefined,
    backupMaxAgeHours,
    runbooks,
  }));
  const pods = { ...instanceLabels(name), "cnpg.io/podRole": "instance" };
  monitor(name, "", pods, chosen, parent);
  if (pooler) monitor(name, "-pooler", poolerLabels(name), chosen, parent);
  new PrometheusRule(
    name,
    {
      metadata: metadataOf(name, chosen),
      spec: { groups: [{ name, rules: watched.apply(alertRules) }] },
    },
    { parent },
  );
  // Grafana's sidecar looks for this label.
  const found = { ...settings, labels: { ...settings.labels, grafana_dashboard: "1" } };
  new k8s.core.v1.ConfigMap(
    `${name}-dashboard`,
    {
      metadata: metadataOf(name, found, "-dashboard"),
      data: watched.apply((one) => ({ [dashboardFile(one)]: dashboardJson(one) })),
    },
    { parent },
  );
}

function monitor(
  name: string,
  suffix: string,
  matchLabels: Readonly<Record<string, string>>,
  settings: Settings,
  parent: pulumi.Resource,
): void {
  new PodMonitor(
    `${name}${suffix}`,
    {
      metadata: metadataOf(name, settings, suffix),
      spec: { selector: { matchLabels }, podMetricsEndpoints: [{ port: "metrics", interval: "30s" }] },
    },
    { parent },
  );
}
