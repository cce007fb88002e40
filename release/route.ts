import { type ClientRequest, type OutgoingHttpHeaders, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { ResolvedStack } from "../environments/resolve";
import { ReleaseError } from "./errors";

/** Where an application is asked for, and, where names do not lead there, the address that is connected to. */
export interface Route {
  readonly url: string;
  /** Such as `http://127.0.0.1:8000`; it decides about TLS too. */
  readonly address?: string;
}

/** The address for people that a stack's configuration gives its application. */
export function urlOf({ stack, route, application }: ResolvedStack): string {
  const { gateway, ingress } = route;
  if (application.host === undefined || !(gateway || ingress)) {
    throw new ReleaseError(
      "usage",
      `stack ${stack} has no route, so there is nothing to ask; give it one: ` +
        `pulumi config set --stack ${stack} --path application.host blog.example.com && ` +
        `pulumi config set --stack ${stack} --path gateway.name public`,
    );
  }
  // A Gateway owns its TLS, which is taken for granted.
  const secure = ingress ? ingress.tlsSecretName !== undefined : true;
  return `${secure ? "https" : "http"}://${application.host}`;
}

/** Checks that an address is one that can be connected to. */
export function checkAddress(address: string | undefined): string | undefined {
  if (address === undefined || address === "") return undefined;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "") return url.origin;
  throw new ReleaseError(
    "usage",
    `the route's address is ${JSON.stringify(address)}, and must be like http://127.0.0.1:8000`,
  );
}

/** Opens a request for the route's host at the route's address; redirects are not followed. */
export function openRequest(
  route: Route,
  { method, path, headers }: { method: string; path: string; headers?: OutgoingHttpHeaders },
): ClientRequest {
  const named = new URL(route.url);
  const target = new URL(route.address ?? route.url);
  const secure = target.protocol === "https:";
  const options = {
    method,
    path,
    // Square brackets belong to the address of a URL, not to that of a socket.
    host: target.hostname.replace(/^\[|\]$/g, ""),
    port: target.port || (secure ? 443 : 80),
    headers: { ...headers, host: named.host },
    agent: false,
  } as const;
  return secure ? secureRequest({ ...options, servername: named.hostname }) : plainRequest(options);
}
