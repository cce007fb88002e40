import { Agent, request } from "node:http";
import { target } from "../e2e/support/target";

/** What happened to a steady stream of requests. */
export interface StreamReport {
  readonly sent: number;
  readonly failed: number;
  /** What failed, each kind once, with how often. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Seconds from the first request that failed to the end of the last one. */
  readonly outageSeconds: number;
}

/** Sends requests at a fixed rate, whether or not earlier ones were answered, until told to stop. */
export class Stream {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #open = new Set<Promise<void>>();
  readonly #kinds: Record<string, number> = {};
  readonly #timer: NodeJS.Timeout;
  readonly #host: string;
  readonly #path: string;
  #sent = 0;
  #failed = 0;
  #began = 0;
  #ended = 0;

  constructor(host: string, path: string, perSecond: number) {
    [this.#host, this.#path] = [host, path];
    this.#timer = setInterval(() => this.#send(), 1000 / perSecond);
  }

  get sent(): number {
    return this.#sent;
  }

  #send(): void {
    this.#sent += 1;
    const began = Date.now();
    const answered = this.#status()
      .then((status) => (status === 200 ? undefined : `status ${status}`))
      .catch((error: NodeJS.ErrnoException) => error.code ?? error.message)
      .then((problem) => {
        if (problem === undefined) return;
        this.#failed += 1;
        this.#kinds[problem] = (this.#kinds[problem] ?? 0) + 1;
        if (this.#began === 0) this.#began = began;
        this.#ended = Date.now();
      })
      .finally(() => this.#open.delete(answered));
    this.#open.add(answered);
  }

  #status(): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(this.#path, target.address),
        { agent: this.#agent, timeout: 15_000, headers: { host: this.#host } },
        (response) => {
          response.resume();
          response.on("end", () => resolve(response.statusCode ?? 0));
          response.on("error", reject);
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("no answer within 15 s")));
      sent.on("error", reject);
      sent.end();
    });
  }

  /** Stops sending, waits for the answers under way, and reports. */
  async stop(): Promise<StreamReport> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    this.#agent.destroy();
    return {
      sent: this.#sent,
      failed: this.#failed,
      kinds: this.#kinds,
      outageSeconds: (this.#ended - this.#began) / 1000,
    };
  }
}
