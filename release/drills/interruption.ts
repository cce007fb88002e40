import { setTimeout as pause } from "node:timers/promises";
import { ReleaseError } from "../errors";

/** Lets work that must clean up after itself be interrupted (SIGINT, SIGTERM) without being killed. */
export interface Interruption {
  /** Waits, at most until it is interrupted. */
  pause(milliseconds: number): Promise<void>;
  /** Goes on only while nobody has interrupted. */
  check(): void;
  readonly happened: boolean;
  /** Lets a signal end the process again. */
  close(): void;
}

/** Begins to listen. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  const interrupt = () => controller.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const check = () => {
    if (signal.aborted) throw new ReleaseError("failed", "interrupted");
  };
  return {
    check,
    async pause(milliseconds) {
      await pause(milliseconds, undefined, { signal }).catch(() => undefined);
      check();
    },
    get happened() {
      return signal.aborted;
    },
    close: () => void process.off("SIGINT", interrupt).off("SIGTERM", interrupt),
  };
}
