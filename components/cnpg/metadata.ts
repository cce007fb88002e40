import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { objectLabels } from "../manifests/labels";

/** What a cluster's objects share. */
interface Shared {
  readonly namespace: pulumi.Input<string>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Name, namespace and labels of one of a cluster's objects. */
export function metadataOf(
  name: string,
  { namespace, labels }: Shared,
  suffix: pulumi.Input<string> = "",
): k8s.types.input.meta.v1.ObjectMeta {
  return {
    name: suffix === "" ? name : pulumi.interpolate`${name}${suffix}`,
    namespace,
    labels: objectLabels(name, "database", labels),
  };
}
