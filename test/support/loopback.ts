import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as a stand-in got it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a stand-in answers; `undefined` breaks the connection off. */
export type Answer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | undefined;

/** A server of this machine alone that stands in for one that is not here. */
export class Loopback {
  readonly asked: Asked[] = [];
  #server: Server | undefined;

  async start(answer: (asked: Asked, number: number) => Answer): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "/", "http://localhost");
        const asked = {
          method: request.method ?? "",
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        };
        this.asked.push(asked);
        const given = answer(asked, this.asked.length);
        if (given === undefined) {
          request.socket.destroy();
          return;
        }
        response.writeHead(given.status, { "Content-Type": "application/json", ...given.headers });
        response.end(JSON.stringify(given.body ?? {}));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }
}
