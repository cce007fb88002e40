import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** The process that holds a stack's lock. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly by: string;
  readonly pipeline?: string;
  /** Boot and process namespace: containers share a host's name, but not its processes. */
  readonly space?: string;
  /** When the process started, in the kernel's ticks; a later process may get the same pid. */
  readonly started?: string;
  /** Tells two locks apart that are equal in everything else. */
  readonly nonce: string;
}

/** What can be said of a holder from here. */
export type Liveness = "alive" | "dead" | "elsewhere";

/** This process as a holder. */
export function thisHolder(by: string, pipeline?: string): Holder {
  const [space, started] = [processSpace(), readProcess(process.pid)?.started];
  return {
    host: hostname(),
    pid: process.pid,
    by,
    ...(pipeline === undefined ? {} : { pipeline }),
    ...(space === undefined ? {} : { space }),
    ...(started === undefined ? {} : { started }),
    nonce: randomUUID(),
  };
}

/** Whether a holder still runs; of another machine or container nothing can be said. */
export function livenessOf(holder: Holder): Liveness {
  if (holder.host !== hostname() || holder.space !== processSpace()) return "elsewhere";
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // Anything but "no such process", such as "not permitted", comes from one that is there.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return "dead";
  }
  const now = readProcess(holder.pid);
  if (now === undefined || holder.started === undefined) return "alive";
  return now.state === "Z" || now.started !== holder.started ? "dead" : "alive";
}

/** Where there is no /proc, the host's name must do. */
function processSpace(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

function readProcess(pid: number): { readonly state?: string; readonly started?: string } | undefined {
  try {
    // The program's name is in brackets and may hold anything; fields are counted from behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const [state, started] = [fields[0], fields[19]];
    return { ...(state ? { state } : {}), ...(started ? { started } : {}) };
  } catch {
    return undefined;
  }
}
