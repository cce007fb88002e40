import { setTimeout as pause } from "node:timers/promises";
import { ReleaseError } from "../errors";
import { lookAt } from "./instances";
import { WAIT_SECONDS } from "./limits";
import { acknowledged, type Target } from "./writer";

/** So many acknowledged writes are a steady flow. */
export const STEADY = 30;

/** Waits until something is so, and fails with what is otherwise the case, or once the check does. */
export async function until(
  done: () => Promise<boolean>,
  otherwise: string,
  check: () => void,
): Promise<void> {
  const deadline = Date.now() + WAIT_SECONDS * 1000;
  // Once interrupted nothing more is to be done, as a fault is, whatever was seen.
  while (!(await done().finally(check))) {
    if (Date.now() > deadline) throw new ReleaseError("failed", `${otherwise} within ${WAIT_SECONDS} s`);
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
  const another = async () => {
    const view = await lookAt(target).catch(() => undefined);
    return view !== undefined && view.primary !== primary;
  };
  await until(another, `no instance took over from ${primary}`, check);
  const since = Date.now();
  await until(() => writtenSince(target, since), "nothing could be written again", check);
}
