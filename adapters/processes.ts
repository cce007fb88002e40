import { spawn as spawnProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import spawn, { SubprocessError } from "nano-spawn";

/** What a finished process left behind. */
export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and gives what it printed; a failure is a result, not an exception. */
export async function capture(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Record<string, string>;
    readonly input?: string;
    /** Milliseconds after which it is ended. */
    readonly timeout?: number;
    /** In a process group of its own, where a terminal's Ctrl-C does not reach it. */
    readonly detached?: boolean;
  } = {},
): Promise<Finished> {
  const { input, ...rest } = options;
  try {
    const done = await spawn(command, [...args], {
      ...rest,
      stdin: input === undefined ? "ignore" : { string: input },
    });
    return { exitCode: 0, stdout: done.stdout, stderr: done.stderr };
  } catch (error) {
    if (!(error instanceof SubprocessError)) throw error;
    // Without a code of its own it was either ended by a signal or never there.
    const exitCode = error.exitCode ?? (error.signalName ? 1 : 127);
    return { exitCode, stdout: error.stdout, stderr: error.stderr || error.message };
  }
}

/** Whether a program is on PATH. */
export function onPath(command: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs a long program, hands over its lines as they come, and gives its exit code.
 *
 * An interrupt (SIGINT, SIGTERM) is passed on exactly once for each one received: the child has a process group
 * of its own, so that a terminal's Ctrl-C does not reach it twice, which engines take as "at once".
 */
export async function stream(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly onLine: (line: string) => void;
    readonly onErrorLine: (line: string) => void;
  },
): Promise<number> {
  const child = spawnProcess(command, [...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  createInterface({ input: child.stdout }).on("line", options.onLine);
  createInterface({ input: child.stderr }).on("line", options.onErrorLine);
  const interrupt = () => void child.kill("SIGINT");
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 1));
    });
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
