import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** The fields of a Gateway API `HTTPRoute` (gateway.networking.k8s.io/v1) that this package sets. */
export interface HTTPRouteSpec {
  readonly parentRefs: readonly {
    readonly name: pulumi.Input<string>;
    readonly namespace: pulumi.Input<string>;
  }[];
  readonly hostnames: readonly pulumi.Input<string>[];
  readonly rules: readonly {
    readonly matches: readonly { readonly path: { readonly type: "PathPrefix"; readonly value: string } }[];
    readonly backendRefs: readonly { readonly name: pulumi.Input<string>; readonly port: number }[];
  }[];
}

/** Arguments of an `HTTPRoute` object. */
export interface HTTPRouteArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: HTTPRouteSpec;
}

/** A Gateway API `HTTPRoute` object, typed. */
export class HTTPRoute extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: HTTPRouteArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", ...args }, opts);
  }
}
