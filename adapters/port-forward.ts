import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { contextArgs, type Kubectl } from "./kubectl";

/** A way from loopback into a pod. */
export interface PortForward {
  /** Such as `http://127.0.0.1:41234`. */
  readonly address: string;
  close(): void;
}

/** Forwards a port of loopback, chosen by the system, to a port of a pod. `undefined` when it cannot be opened. */
export async function openPortForward(
  client: Kubectl,
  namespace: string,
  pod: string,
  port: number,
): Promise<PortForward | undefined> {
  const args = ["port-forward", `pod/${pod}`, `:${port}`, "--namespace", namespace, "--address", "127.0.0.1"];
  const child = spawn("kubectl", [...contextArgs(client), ...args], { stdio: ["ignore", "pipe", "ignore"] });
  const local = await new Promise<string | undefined>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      resolve(/^Forwarding from (127\.0\.0\.1:\d+)/.exec(line)?.[1]);
    });
    child.on("error", () => resolve(undefined)).on("close", () => resolve(undefined));
  });
  if (local === undefined) {
    child.kill();
    return undefined;
  }
  return { address: `http://${local}`, close: () => void child.kill() };
}
