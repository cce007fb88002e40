import { spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { contextArgs, type Kubectl } from "./kubectl";

/** A way from loopback into a pod. */
export interface PortForward {
  /** Port of 127.0.0.1. */
  readonly port: number;
  close(): void;
}

/**
 * It has a process group of its own, so that Ctrl-C leaves it to whoever still needs it, and ends with us, however we
 * end: then nobody holds the other end of its input.
 */
const UNTIL_INPUT_ENDS =
  'exec 3<&0; kubectl "$@" 3<&- & child=$!; { read -r _ <&3; kill "$child"; } >/dev/null 2>&1 & wait "$child"';

/**
 * Forwards a port of loopback, chosen by the system, to a port of `pod/NAME`, or of a pod of `service/NAME`.
 *
 * @throws Error with kubectl's words when it cannot be opened.
 */
export async function openPortForward(
  client: Kubectl,
  namespace: string,
  target: string,
  port: number,
): Promise<PortForward> {
  const args = ["port-forward", target, `:${port}`, "--namespace", namespace, "--address", "127.0.0.1"];
  const child = spawn("/bin/sh", ["-c", UNTIL_INPUT_ENDS, "sh", ...contextArgs(client), ...args], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => void complaints.push(line));
  // A child that is gone takes no more input, and nobody has to know.
  child.stdin.on("error", () => undefined);
  const ended = new Promise<void>((resolve) =>
    child.on("error", () => resolve()).on("exit", () => resolve()),
  );
  const close = () => void child.stdin.end();
  // Its guard would else wait for us.
  void ended.then(close);
  const local = await Promise.race([
    new Promise<string>((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const forwarded = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (forwarded !== undefined) resolve(forwarded);
      });
    }),
    ended,
  ]);
  if (local === undefined) {
    close();
    throw new Error(complaints.join("; ") || `kubectl port-forward ${target} ended`);
  }
  return { port: Number(local), close };
}

/** Connects through it. */
export async function connectThrough({ port }: PortForward): Promise<Socket> {
  const socket = createConnection(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}
