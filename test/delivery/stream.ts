import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/** What happened to a steady stream of requests. */
export interface StreamReport {
  readonly sent: number;
  readonly failed: number;
  /** What failed, each kind once, with how often. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Seconds from the first request that failed to the answer of the last one. */
  readonly outageSeconds: number;
}

/** A steady stream of requests from a process of its own, as a suite that waits for kubectl sends nothing meanwhile. */
export class Stream {
  readonly #child: ChildProcess;
  readonly #ended: Promise<StreamReport>;
  #sent = 0;

  constructor(host: string, path: string, perSecond: number) {
    this.#child = fork(join(__dirname, "sender.ts"), [host, path, String(perSecond)], {
      execArgv: ["--import", "tsx"],
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on("message", (told: number | StreamReport) => {
        if (typeof told === "number") this.#sent = told;
        else resolve(told);
      });
      this.#child.on("exit", (code) =>
        reject(new Error(`the sender ended with ${code}, and without a report`)),
      );
    });
    // A suite that fails leaves it alone, and it ends by itself then.
    this.#ended.catch(() => undefined);
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Requests that were sent, as of a moment ago. */
  get sent(): number {
    return this.#sent;
  }

  /** Stops sending, waits for the answers under way, and reports. */
  stop(): Promise<StreamReport> {
    this.#child.ref();
    this.#child.channel?.ref();
    this.#child.send("stop");
    return this.#ended;
  }
}
