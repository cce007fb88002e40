import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The route of every stack: `STACK.example.com` answers for the digest that is deployed there. */
export class Route {
  /** Digests whose application is broken. */
  readonly broken = new Set<string>();
  readonly #proved = new Set<string>();
  readonly #server: Server;

  constructor(deployedIn: (stack: string) => string) {
    this.#server = createServer(({ headers }, response) => {
      const stack = headers.host?.split(".")[0] ?? "";
      const digest = deployedIn(stack);
      const isGood = !this.broken.has(digest);
      if (isGood) this.#proved.add(`${stack} ${digest}`);
      response.writeHead(isGood ? 200 : 500).end();
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => void this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether a smoke test of this digest in this stack was answered well, since it was forgotten last. */
  hasProved(stack: string, digest: string): boolean {
    return this.#proved.has(`${stack} ${digest}`);
  }

  forget(): void {
    this.#proved.clear();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => void this.#server.close(resolve));
  }
}
