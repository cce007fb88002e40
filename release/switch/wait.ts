import { setTimeout as pause } from "node:timers/promises";
import { ReleaseError } from "../errors";

/** How long is waited, and how often is looked. */
export interface Wait {
  readonly seconds: number;
  readonly pollSeconds: number;
  /** What a person does when the time is over. */
  readonly advice: string;
}

/** Says that waiting on is in vain. */
export class Hopeless extends ReleaseError {
  constructor(message: string) {
    super("failed", message);
  }
}

/**
 * Looks again and again until there is something else than a reason to wait. A failure to look is such a reason, too:
 * a database that is restarted does not answer for a while.
 */
export async function until<T extends object>(
  { seconds, pollSeconds, advice }: Wait,
  look: () => Promise<T | string>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await look().catch((error: unknown) => {
      if (error instanceof ReleaseError && !(error instanceof Hopeless)) return error.message;
      throw error;
    });
    if (typeof answer !== "string") return answer;
    if (Date.now() >= deadline)
      throw new ReleaseError("failed", `not done after ${seconds} s: ${answer}\n${advice}`);
    await pause(pollSeconds * 1000);
  }
}
