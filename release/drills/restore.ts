import type { Kubectl } from "../../adapters/kubectl";
import { readBackupHealth } from "../backup-health";
import { ReleaseError } from "../errors";
import type { Progress } from "../progress";
import { recordDrill } from "./drill-record";
import { type Interruption, listenForInterruption } from "./interruption";
import { archived, checkpoint, unmark } from "./live-side";
import type { Psql } from "./psql";
import { type ApplicationSmoke, smokeRestored } from "./restored-application";
import { restoredPolicy } from "./restored-policy";
import { isLeftOver, make, prove, ready, remove, type Restored } from "./restored-side";
import { readSource, restoredFrom, restoredName, type Source } from "./source-cluster";

/** A database whose backup is to be proved. */
export interface RestoreTarget {
  readonly client: Kubectl;
  readonly namespace: string;
  readonly cluster: string;
  /** Seconds of writes that may be lost. */
  readonly rpoSeconds: number;
  /** Seconds that the restore may take. */
  readonly timeoutSeconds: number;
  /** What the application is asked; it is not run without. */
  readonly application?: ApplicationSmoke;
}

/** What a restore drill showed. */
export interface RestoreResult {
  readonly kind: "restore";
  readonly ended: string;
  readonly result: "passed" | "failed";
  /** Why it failed. */
  readonly reason?: string;
  /** When the base backup that it began with was made. */
  readonly backup?: string;
  /** The time that was recovered to. */
  readonly target?: string;
  /** Seconds from a write until it was in the archive: what would be lost with every volume at once. */
  readonly rpoSeconds?: number;
  /** Seconds from the order to restore until every table was proved. */
  readonly rtoSeconds?: number;
  /** Those of them until the restored cluster was ready. */
  readonly restoreSeconds?: number;
  /** Tables that were compared, and their rows. */
  readonly tables?: number;
  readonly rows?: number;
  /** Questions that the application answered; absent where none was asked. */
  readonly checks?: number;
}

/** Found out so far; a drill that fails tells of it too. */
type Facts = { -readonly [K in keyof RestoreResult]?: RestoreResult[K] };

const seconds = (since: number) => Math.round((Date.now() - since) / 100) / 10;

/**
 * Restores a database's newest backup, up to a moment of now, into a cluster beside the live one, proves it by SQL and
 * by the application, records the result in the namespace, and removes everything again. The live database is only
 * written a few rows in a schema of the drill's own. One drill of a cluster at a time: what another one has left is
 * removed.
 *
 * @throws ReleaseError when it was interrupted, or cannot be begun. That nothing can be restored is a result.
 */
export async function drillRestore(target: RestoreTarget, progress: Progress): Promise<RestoreResult> {
  const { client, namespace, cluster } = target;
  const source = await readSource(client, namespace, cluster);
  const restored = { client, namespace, name: restoredName(cluster) };
  const live = { client, namespace, instance: source.primary, database: source.database };
  if (await isLeftOver(restored)) progress.step(`removing ${restored.name}, which an earlier drill has left`);
  await remove(restored);
  const interruption = listenForInterruption();
  const facts: Facts = {};
  let reason: string | undefined;
  try {
    await perform({ target, source, restored, live, progress, interruption, facts });
  } catch (error) {
    if (interruption.happened) throw new ReleaseError("failed", "interrupted; what was restored is removed");
    if (!(error instanceof ReleaseError)) throw error;
    reason = error.message;
  } finally {
    progress.step("removing what was restored");
    await Promise.allSettled([remove(restored), unmark(live)]).then((done) => tellLeft(done, progress));
    interruption.close();
  }
  const result: RestoreResult = {
    ...facts,
    kind: "restore",
    ended: new Date().toISOString(),
    result: reason === undefined ? "passed" : "failed",
    ...(reason === undefined ? {} : { reason }),
  };
  await recordDrill(client, namespace, cluster, result, progress);
  return result;
}

/** One drill under way. */
interface Drill {
  readonly target: RestoreTarget;
  readonly source: Source;
  readonly restored: Restored;
  readonly live: Psql;
  readonly progress: Progress;
  readonly interruption: Interruption;
  readonly facts: Facts;
}

async function perform(drill: Drill): Promise<void> {
  const { target, source, restored, live, progress, interruption, facts } = drill;
  const { client, namespace, cluster, rpoSeconds, timeoutSeconds, application } = target;
  facts.backup = await newestBackup(target);
  progress.step(`last backup: ${facts.backup}; writing a mark, and summing up every table`);
  const moment = await checkpoint(live);
  Object.assign(facts, { target: moment.target, tables: moment.tables.size, rows: moment.rows });
  interruption.check();
  progress.step(`waiting until ${moment.file} is archived, at most ${rpoSeconds} s`);
  facts.rpoSeconds = await archived(live, moment.file, rpoSeconds, interruption);
  progress.step(`restoring to ${moment.target}`, { target: moment.target });
  const policy = await restoredPolicy(client, namespace, cluster, restored.name);
  if (policy) await make(client, policy);
  const began = Date.now();
  await make(client, restoredFrom(source, moment.target));
  const instance = await ready(restored, timeoutSeconds, progress, interruption);
  facts.restoreSeconds = seconds(began);
  progress.step(`restored after ${facts.restoreSeconds} s; proving ${moment.tables.size} tables`);
  await prove({ ...live, instance }, moment);
  facts.rtoSeconds = seconds(began);
  progress.step(`proved after ${facts.rtoSeconds} s`);
  if (application === undefined) return;
  const checks = await smokeRestored(restored, cluster, application, progress, interruption);
  if (checks === undefined) progress.warn(`no application uses ${cluster}, so none was asked`);
  else facts.checks = checks;
}

/** When the newest base backup was made; what cannot be restored is told before anything is done. */
async function newestBackup({ client, namespace, cluster }: RestoreTarget): Promise<string> {
  const { state, lastBackup, problem, look } = await readBackupHealth(client, namespace, cluster, Infinity);
  if (state === "healthy" && lastBackup !== undefined) return lastBackup;
  throw new ReleaseError("failed", [problem, "look at it:", ...look.map((line) => `  ${line}`)].join("\n"));
}

function tellLeft(done: readonly PromiseSettledResult<void>[], progress: Progress): void {
  for (const each of done) {
    if (each.status === "rejected") progress.warn((each.reason as Error).message);
  }
}
