import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import type { HTTPRouteSpec } from "../gateway/http-route";

/** A Gateway that the platform owns; its listeners, TLS included, are its owner's. */
export interface GatewayReference {
  /** Name of the Gateway. */
  readonly name: Input<string>;
  /** Namespace of the Gateway. */
  readonly namespace: Input<string>;
}

/** An Ingress. */
export interface IngressSettings {
  /** IngressClass; there is no default, so that no controller serves it by accident. */
  readonly className: Input<string>;
  /**
   * Name of the Secret with the host's certificate.
   *
   * @default - no TLS at the Ingress
   */
  readonly tlsSecretName?: Input<string>;
}

/** Port of the Service that routes lead to. */
export const SERVICE_PORT = 80;

/**
 * A route of everything under a host to a Service, from a Gateway.
 *
 * @see https://gateway-api.sigs.k8s.io/api-types/httproute/
 */
export function httpRouteSpec(
  gateway: GatewayReference,
  host: string,
  service: Input<string>,
): HTTPRouteSpec {
  return {
    parentRefs: [gateway],
    hostnames: [host],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        backendRefs: [{ name: service, port: SERVICE_PORT }],
      },
    ],
  };
}

/** The same from an Ingress controller. */
export function ingressSpec(
  { className, tlsSecretName }: IngressSettings,
  host: string,
  service: Input<string>,
): types.input.networking.v1.IngressSpec {
  const backend = { service: { name: service, port: { name: "http" } } };
  return {
    ingressClassName: className,
    ...(tlsSecretName ? { tls: [{ hosts: [host], secretName: tlsSecretName }] } : {}),
    rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
  };
}
