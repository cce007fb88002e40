import { asSuperuser } from "../superuser";
import type { Member } from "./member";

/** Ends the log's current file, so that it is archived now, and gives the position; `undefined` without an answer. */
export async function endOfLog(writer: Member): Promise<string | undefined> {
  const position = await ask(writer, "select pg_switch_wal()");
  return position !== undefined && /^[0-9A-F]+\/[0-9A-F]+$/.test(position) ? position : undefined;
}

/** Whether a database that follows has everything up to a position. */
export async function hasReplayed(follower: Member, position: string): Promise<boolean> {
  const statement = `select coalesce(pg_is_in_recovery() and pg_last_wal_replay_lsn() >= '${position}', false)`;
  return (await ask(follower, statement)) === "t";
}

/** Whether a database takes writes. */
export async function isWritable(member: Member): Promise<boolean> {
  return (await ask(member, "select pg_is_in_recovery()")) === "f";
}

async function ask(member: Member, statement: string): Promise<string | undefined> {
  const { exitCode, stdout } = await asSuperuser(member, [statement]);
  return exitCode === 0 ? stdout.trim() : undefined;
}
