import { Reader } from "./reader";

/** What happened to a steady stream of requests. */
export interface LoadReport {
  readonly sent: number;
  readonly failed: readonly string[];
  readonly slow: number;
}

/**
 * Sends requests at a fixed rate, whether or not earlier ones were answered, until told to stop; every tenth one
 * takes 1.5 s. A closed loop would hide an outage by waiting for it.
 */
export class Load {
  readonly #host: string;
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  readonly #failed: string[] = [];
  #sent = 0;
  #slow = 0;

  constructor(host: string, path: string, perSecond: number) {
    this.#host = host;
    this.#path = path;
    this.#timer = setInterval(() => this.#send(), 1000 / perSecond);
  }

  #send(): void {
    this.#sent += 1;
    const slow = this.#sent % 10 === 0;
    if (slow) this.#slow += 1;
    const path = slow ? "/slow?seconds=1.5" : this.#path;
    const answered = new Reader(this.#host)
      .get(path)
      .then(({ status }) => void (status === 200 || this.#failed.push(`${path}: status ${status}`)))
      .catch((error: Error) => void this.#failed.push(`${path}: ${error.message}`))
      .finally(() => this.#open.delete(answered));
    this.#open.add(answered);
  }

  /** Stops sending, waits for the answers under way, and reports. */
  async stop(): Promise<LoadReport> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    return { sent: this.#sent, failed: this.#failed, slow: this.#slow };
  }
}
