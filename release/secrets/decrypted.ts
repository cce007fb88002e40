import { createHash } from "node:crypto";
import { askWith, type Engine } from "../../adapters/engine";

/** Stands for everything that a stack keeps, decrypted: equal where all values are. The values are forgotten. */
export type Fingerprint = string;

/** Reads a stack with its secrets decrypted; the reason where that cannot be done. */
export async function fingerprint(
  engine: Engine,
  stack: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly fingerprint: Fingerprint } | { readonly problem: string }> {
  const read = (...args: string[]) => askWith(engine, { env }, ...args, "--show-secrets", "--stack", stack);
  const config = await read("config", "--json");
  if (config.exitCode !== 0) return { problem: config.stderr.trim() };
  const state = await read("stack", "export");
  if (state.exitCode !== 0) return { problem: state.stderr.trim() };
  const { deployment } = JSON.parse(state.stdout) as {
    deployment: { resources?: unknown; pending_operations?: unknown };
  };
  const whole = [JSON.parse(config.stdout), deployment.resources ?? [], deployment.pending_operations ?? []];
  return { fingerprint: createHash("sha256").update(JSON.stringify(whole)).digest("hex") };
}
