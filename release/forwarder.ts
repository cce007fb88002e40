import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { openRequest, type Route } from "./route";

/** A way to a route for programs that cannot be told its address and its host apart. */
export interface Forwarder {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on loopback alone and asks the route for whatever it is asked, as the route's own host. */
export async function startForwarder(route: Route): Promise<Forwarder> {
  const server = createServer((request, response) => forward(route, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(route: Route, request: IncomingMessage, response: ServerResponse): void {
  const { host: _host, connection: _connection, ...headers } = request.headers;
  const asked = openRequest(route, { method: request.method ?? "GET", path: request.url ?? "/", headers });
  const fail = () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  };
  asked.on("error", fail).on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHost(answer.headers, route));
    answer.on("error", fail).pipe(response);
  });
  response.on("close", () => asked.destroy());
  request.pipe(asked);
}

/** A redirect to the route's own host stays on this way. */
function withoutHost(headers: IncomingHttpHeaders, route: Route): IncomingHttpHeaders {
  const { connection: _connection, location, ...kept } = headers;
  if (location === undefined) return kept;
  const base = new URL(route.url);
  const target = URL.canParse(location, route.url) ? new URL(location, base) : undefined;
  if (target?.host !== base.host) return { ...kept, location };
  return { ...kept, location: `${target.pathname}${target.search}${target.hash}` };
}
