import { setTimeout as pause } from "node:timers/promises";
import { ReleaseError } from "../errors";
import { lookAt } from "./instances";
import { acknowledged, type Target } from "./writer";

/** So many acknowledged writes are a steady flow. */
export const STEADY = 30;
const LIMIT_SECONDS = 240;

/** Waits until something is so, and fails with what is otherwise the case. */
export async function until(done: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = Date.now() + LIMIT_SECONDS * 1000;
  while (!(await done())) {
    if (Date.now() > deadline) throw new ReleaseError("failed", `${otherwise} within ${LIMIT_SECONDS} s`);
    await pause(500);
  }
}

/** Whether writes have gone steadily since a moment. */
export const writtenSince = async (target: Target, since: number) =>
  (await acknowledged(target)).filter(({ at }) => at > since).length >= STEADY;

/**
 * Waits until another instance has taken over and is written to. A cut may take a while to work, so that only what is
 * written afterwards counts; and what cannot be looked at meanwhile is looked at again.
 */
export async function takenOver(target: Target, primary: string, check: () => void): Promise<void> {
  await until(async () => {
    const view = await lookAt(target).catch(() => undefined);
    check();
    return view !== undefined && view.primary !== primary;
  }, `no instance took over from ${primary}`);
  const since = Date.now();
  await until(async () => {
    check();
    return writtenSince(target, since);
  }, "nothing could be written again");
}
