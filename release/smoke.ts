import type { SmokeCheck } from "../environments/release-settings";
import { startForwarder } from "./forwarder";
import type { Progress } from "./progress";
import type { Route } from "./route";
import { type CheckResult, runCheck } from "./smoke-check";
import { runShipped, type ShippedResult } from "./smoke-command";

/** Seconds that a route may take until it leads to the application, and that the shipped tests may take. */
export const SMOKE_SECONDS = 120;

/** What is asked of a deployment. */
export interface SmokeRequest extends Route {
  readonly checks: readonly SmokeCheck[];
  /** The tests that the application ships. */
  readonly command?: string;
  /** Folder that the command runs in. */
  readonly directory?: string;
  readonly progress: Progress;
  readonly timeoutSeconds: number;
}

/** What a deployment answered. */
export interface SmokeResult {
  readonly ok: boolean;
  readonly url: string;
  readonly checks: readonly CheckResult[];
  readonly shipped?: ShippedResult;
  /** Exactly what failed, a line each. */
  readonly failures: readonly string[];
}

/** Checks the real route, and then runs the application's own tests against it. A failure is a result. */
export async function smoke(request: SmokeRequest): Promise<SmokeResult> {
  const { url, checks, command, progress } = request;
  progress.step(`asking ${url}${request.address ? ` at ${request.address}` : ""}`);
  const deadline = performance.now() + request.timeoutSeconds * 1000;
  const results: CheckResult[] = [];
  for (const check of checks) {
    const result = await runCheck(request, check, deadline);
    progress.step(`  ${describeCheck(result)}`, { ...result });
    results.push(result);
  }
  const failures = results.filter(({ ok }) => !ok).map(({ check, problem }) => `${check}: ${problem}`);
  // Tests of an application that does not even answer would only say so once more, and slowly.
  if (failures.length > 0 || command === undefined) {
    return { ok: failures.length === 0, url, checks: results, failures };
  }
  const shipped = await runTests(request, command);
  const failed = shipped.ok ? [] : [`${command}: ${shipped.problem}`];
  return { ok: shipped.ok, url, checks: results, shipped, failures: failed };
}

async function runTests(request: SmokeRequest, command: string): Promise<ShippedResult> {
  const { url, address, directory = ".", timeoutSeconds, progress } = request;
  progress.step(`running ${command}`);
  if (address === undefined) return runShipped(command, directory, url, timeoutSeconds, progress);
  const forwarder = await startForwarder({ url, address });
  try {
    return await runShipped(command, directory, forwarder.url, timeoutSeconds, progress);
  } finally {
    await forwarder.close();
  }
}

/** A check's result for people. */
export function describeCheck({ check, ok, milliseconds, attempts, problem }: CheckResult): string {
  const tries = attempts > 1 ? `, ${attempts} attempts` : "";
  return `${ok ? "ok    " : "FAILED"} ${check} (${milliseconds} ms${tries})${problem ? `: ${problem}` : ""}`;
}
