import { setTimeout as pause } from "node:timers/promises";
import { readObjects } from "../adapters/kubectl";
import { WEB_PODS } from "./live-web";
import type { Progress } from "./progress";
import type { DeclaredStack } from "./stack";

const INTERVAL_MS = 1000;
/** Pods answer what they were asked before they go; one that takes longer gets nothing new by then. */
const LONGEST_MS = 90_000;

/**
 * Waits until the pods that a rollout has replaced are gone. While they leave, a proxy that has not heard of it sends them
 * requests, so that a smoke test would ask the image before.
 */
export async function awaitLeavingPods(
  { client, settings }: Pick<DeclaredStack, "client" | "settings">,
  progress: Progress,
): Promise<void> {
  const where = ["--namespace", settings.kubernetes.namespace, "--selector", WEB_PODS];
  const end = Date.now() + LONGEST_MS;
  let told = 0;
  while (Date.now() < end) {
    const pods = await readObjects(client, "pods", ...where);
    const leaving =
      pods === "not readable" ? [] : pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    if (leaving.length === 0) return;
    if (leaving.length !== told) progress.step(`waiting until the replaced pods are gone: ${leaving.length}`);
    told = leaving.length;
    await pause(INTERVAL_MS);
  }
  progress.warn(`replaced pods are still there after ${LONGEST_MS / 1000} s: ${told}`);
}
