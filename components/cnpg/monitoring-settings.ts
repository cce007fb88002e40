/** What watches over a cluster: the objects are those of the Prometheus operator and of Grafana's sidecar. */
export interface MonitoringSettings {
  /** Namespace that Prometheus runs in; its pods are let in to the metrics. */
  readonly namespace: string;
  /**
   * Labels by which Prometheus chooses its PodMonitors and rules.
   *
   * @default - none
   */
  readonly selectorLabels?: Record<string, string>;
  /**
   * Hours after which the last backup is too old.
   *
   * @default 26
   */
  readonly backupMaxAgeHours?: number;
  /**
   * Folder that holds a runbook for each alert.
   *
   * @default "docs/runbooks"
   */
  readonly runbooks?: string;
}
