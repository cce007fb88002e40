import { WRITER_SECONDS } from "./limits";
import { lookAt, query } from "./instances";
import { DRILL_TABLE, stopWriting, type Target, writerName } from "./writer";

/**
 * Ends the writing and removes its table, as far as that can be done, each in so many milliseconds: the cluster may be
 * one that nobody can write to. Gives what is left, for people.
 */
export async function clearAway(drilled: Target, milliseconds: number): Promise<string[]> {
  const target = { ...drilled, client: { ...drilled.client, undisturbedFor: milliseconds } };
  const { namespace, cluster } = target;
  const left: string[] = [];
  if (!(await stopWriting(target))) {
    left.push(
      `${writerName(cluster)} may write into ${cluster} for up to ${WRITER_SECONDS / 60} minutes; end it: ` +
        `kubectl delete pod ${writerName(cluster)} --namespace ${namespace}`,
    );
  }
  await dropTable(target).catch(() => {
    left.push(`table ${DRILL_TABLE} could not be removed from ${cluster} now; the next drill removes it`);
  });
  return left;
}

async function dropTable(target: Target): Promise<void> {
  const { primary } = await lookAt(target);
  await query(target, primary, `drop table if exists ${DRILL_TABLE}`);
}
