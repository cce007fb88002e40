import { createHash } from "node:crypto";
import type { Watched } from "./alerts";

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly expr: string;
  readonly legend: string;
}

/** The most that Grafana takes for a dashboard's uid. */
const LONGEST_UID = 40;

/** Name of a dashboard's file: Grafana's sidecar puts those of all namespaces into one folder. */
export const dashboardFile = ({ namespace, cluster }: Watched) => `${namespace}.${cluster}.json`;

/** A Grafana dashboard of one cluster, as JSON. */
export function dashboardJson(watched: Watched): string {
  const { namespace, cluster } = watched;
  return JSON.stringify({
    title: `PostgreSQL ${namespace}/${cluster}`,
    uid: uidOf(watched),
    schemaVersion: 39,
    tags: ["stagewright", "postgresql"],
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [{ name: "datasource", type: "datasource", query: "prometheus", label: "Data source" }],
    },
    panels: panels(watched).map(({ title, unit, expr, legend }, index) => ({
      id: index + 1,
      title,
      type: "timeseries",
      datasource: { type: "prometheus", uid: "${datasource}" },
      gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
      fieldConfig: { defaults: { unit }, overrides: [] },
      targets: [{ refId: "A", expr, legendFormat: legend }],
    })),
  });
}

/** A long one is cut, and gets a part of its hash: of two dashboards with one uid, Grafana shows none or either. */
function uidOf({ namespace, cluster }: Watched): string {
  const uid = `stagewright-${namespace}-${cluster}`;
  if (uid.length <= LONGEST_UID) return uid;
  const hash = createHash("sha256").update(uid).digest("hex").slice(0, 8);
  return `${uid.slice(0, LONGEST_UID - hash.length - 1)}-${hash}`;
}

const panel = (title: string, unit: string, expr: string, legend = "{{pod}}"): Panel => ({
  title,
  unit,
  expr,
  legend,
});

function panels({ namespace, cluster }: Watched): Panel[] {
  const pods = `{namespace="${namespace}",pod=~"${cluster}-[0-9]+"}`;
  const claims = `{namespace="${namespace}",persistentvolumeclaim=~"${cluster}-[0-9]+(-wal)?"}`;
  return [
    panel("Instances that answer", "short", `cnpg_collector_up${pods}`),
    panel("Replication lag", "s", `cnpg_pg_replication_lag${pods}`),
    panel("Standbys that follow", "short", `cnpg_pg_replication_streaming_replicas${pods}`),
    panel("Connections", "short", `sum by (pod) (cnpg_backends_total${pods})`),
    panel("Commits", "ops", `sum by (pod) (rate(cnpg_pg_stat_database_xact_commit${pods}[5m]))`),
    panel(
      "Log that waits for the archive",
      "short",
      `cnpg_collector_pg_wal_archive_status{value="ready",${pods.slice(1)}`,
    ),
    panel(
      "Age of the last backup",
      "s",
      `time() - max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp${pods})`,
      "age",
    ),
    panel(
      "Volumes in use",
      "percentunit",
      `1 - kubelet_volume_stats_available_bytes${claims} / kubelet_volume_stats_capacity_bytes${claims}`,
      "{{persistentvolumeclaim}}",
    ),
  ];
}
