import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How a command line ended. */
export interface ShellRun {
  readonly exitCode: number;
  readonly timedOut: boolean;
}

/** What a command that was asked to stop may take for it. */
const GRACE_MILLISECONDS = 3000;

/**
 * Runs a command line of somebody else's and hands over its lines as they come.
 *
 * It has a process group of its own. An interrupt (SIGINT, SIGTERM) and the end of its time reach the whole group, as
 * a shell does not pass them on.
 */
export async function runShell(
  command: string,
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly timeoutSeconds: number;
    readonly onLine: (line: string) => void;
  },
): Promise<ShellRun> {
  const { cwd, env, timeoutSeconds, onLine } = options;
  const child = spawn("sh", ["-c", command], {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", onLine);
  let timedOut = false;
  const interrupt = () => signalGroup(child.pid, "SIGINT");
  let killer: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    timedOut = true;
    interrupt();
    killer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), GRACE_MILLISECONDS);
  }, timeoutSeconds * 1000);
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 1));
    });
    return { exitCode, timedOut };
  } finally {
    clearTimeout(timer);
    clearTimeout(killer);
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** The group is gone when its last process has ended. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
