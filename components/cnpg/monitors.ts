import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { AlertRule } from "./alerts";

type Metadata = k8s.types.input.meta.v1.ObjectMeta;

/** Arguments of a `PodMonitor` object (monitoring.coreos.com/v1). */
export interface PodMonitorArgs {
  readonly metadata: Metadata;
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly podMetricsEndpoints: { readonly port: string; readonly interval: string }[];
  };
}

/** A `PodMonitor` of the Prometheus operator, typed. It has nothing to wait for. */
export class PodMonitor extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: PodMonitorArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "monitoring.coreos.com/v1", kind: "PodMonitor", ...args }, opts);
  }
}

/** Arguments of a `PrometheusRule` object (monitoring.coreos.com/v1). */
export interface PrometheusRuleArgs {
  readonly metadata: Metadata;
  readonly spec: {
    readonly groups: { readonly name: string; readonly rules: pulumi.Input<AlertRule[]> }[];
  };
}

/** A `PrometheusRule` of the Prometheus operator, typed. It has nothing to wait for. */
export class PrometheusRule extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: PrometheusRuleArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", ...args }, opts);
  }
}
