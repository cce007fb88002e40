import { ARCHIVED, CHECKPOINT, MARK_AFTER, MARK_BEFORE, UNMARK } from "../../components/cnpg/restore-proof";
import { ReleaseError } from "../errors";
import type { Interruption } from "./interruption";
import { type Psql, runScript } from "./psql";

/** What every table held at one moment: rows and sum, by name. */
export type Tables = ReadonlyMap<string, string>;

/** The moment that is recovered to. */
export interface Checkpoint {
  readonly target: string;
  /** Which transactions it saw. */
  readonly snapshot: string;
  readonly tables: Tables;
  /** Rows of all tables. */
  readonly rows: number;
}

/** The drill's own schema in the live database. */
export const DRILL_SCHEMA = "stagewright_drill";
const SCHEMA = { schema: DRILL_SCHEMA };
const POLL_MILLISECONDS = 1000;

/** Writes the last row before the target, looks at every table, and writes the first row after it. */
export async function checkpoint(live: Psql): Promise<Checkpoint & { readonly file: string }> {
  await runScript(live, MARK_BEFORE, SCHEMA);
  const rows = await runScript(live, CHECKPOINT, SCHEMA);
  const [, target, snapshot] = rows.find(([kind]) => kind === "checkpoint") ?? [];
  const [[file] = []] = await runScript(live, MARK_AFTER, SCHEMA);
  if (target === undefined || snapshot === undefined || file === undefined) {
    throw new ReleaseError("failed", `${live.instance} gave no checkpoint to recover to`);
  }
  const tables = tablesOf(rows);
  return { target, snapshot, tables, rows: countRows(tables), file };
}

/** The rows of a script that tell of tables. */
export function tablesOf(rows: readonly (readonly string[])[]): Tables {
  const told = rows.filter(([name = ""]) => name.includes("."));
  return new Map(told.map((columns) => [columns.slice(0, -2).join("|"), columns.slice(-2).join("|")]));
}

const countRows = (tables: Tables) =>
  [...tables.values()].reduce((sum, held) => sum + Number(held.split("|")[0]), 0);

/**
 * Waits until what was written is in the archive, without hurrying it, and gives the seconds that it took: what would
 * be lost with every volume at once.
 *
 * @throws ReleaseError when it takes longer than it may.
 */
export async function archived(
  live: Psql,
  file: string,
  rpoSeconds: number,
  interruption: Interruption,
): Promise<number> {
  const deadline = Date.now() + rpoSeconds * 1000;
  for (;;) {
    const [[last = "", seconds] = []] = await runScript(live, ARCHIVED, SCHEMA);
    if (last >= file) return Math.max(0, Number(seconds));
    if (Date.now() > deadline) {
      throw new ReleaseError(
        "failed",
        `what was written is not in the archive after ${rpoSeconds} s, all that may be lost (rpoSeconds): ` +
          `waited for ${file}, ${last === "" ? "nothing was archived yet" : `the last one archived is ${last}`}`,
      );
    }
    await interruption.pause(POLL_MILLISECONDS);
  }
}

/** Takes the drill's rows away again. */
export async function unmark(live: Psql): Promise<void> {
  await runScript(live, UNMARK, SCHEMA);
}
