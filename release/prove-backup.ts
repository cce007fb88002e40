import { setTimeout as pause } from "node:timers/promises";
import { type BackupHealth, readBackupHealth } from "./backup-health";
import { ReleaseError } from "./errors";
import type { Progress } from "./progress";
import type { DeclaredStack } from "./stack";

/** How long is waited for an archive that shows nothing yet, and for one that shows something wrong. */
export interface Patience {
  readonly pendingSeconds: number;
  readonly brokenSeconds: number;
  readonly pollSeconds: number;
}

// A first backup takes its time; an archive that failed a moment ago, at the end of a rollout, mends itself.
const PATIENCE: Patience = { pendingSeconds: 600, brokenSeconds: 60, pollSeconds: 5 };

/**
 * Makes sure that what a stack's database writes is really archived and was backed up lately: a backup that never
 * worked is told now, not on the day it is needed. Nothing is asked where no backup is declared.
 *
 * @throws ReleaseError when it is not, and the stack is configured to fail then.
 */
export async function proveBackup(
  stack: DeclaredStack,
  cluster: string,
  progress: Progress,
  patience = PATIENCE,
): Promise<BackupHealth | undefined> {
  const { archive, kubernetes, database } = stack.settings;
  if (archive === undefined) return undefined;
  progress.step("looking at the backup");
  // Without a first backup at once, there is nothing to wait for before the schedule's time.
  const pendingSeconds = database.backup?.immediate === false ? 0 : patience.pendingSeconds;
  const began = Date.now();
  for (;;) {
    const health = await readBackupHealth(stack.client, kubernetes.namespace, cluster, archive.maxAgeHours);
    if (health.state === "healthy") {
      progress.step(`backed up: last at ${health.lastBackup}`, { lastBackup: health.lastBackup });
      return health;
    }
    const limit = health.state === "pending" ? pendingSeconds : patience.brokenSeconds;
    if (Date.now() - began >= limit * 1000) return complain(stack, archive.onFailure, health, progress);
    await pause(patience.pollSeconds * 1000);
  }
}

function complain(
  stack: DeclaredStack,
  onFailure: "fail" | "warn",
  health: BackupHealth,
  progress: Progress,
): BackupHealth {
  const message = [
    `the database of stack ${stack.name} is not backed up: ${health.problem}`,
    "look at it:",
    ...health.look.map((line) => `  ${line}`),
  ].join("\n");
  if (onFailure === "fail") throw new ReleaseError("failed", message);
  progress.warn(message);
  return health;
}
