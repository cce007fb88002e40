import { kubectlFinished } from "../../adapters/kubectl";
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

/** Asks as the superuser over the instance's own socket, which needs no password. */
async function ask({ client, namespace, instance }: Member, statement: string): Promise<string | undefined> {
  const psql = ["psql", "-XAtq", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", statement];
  const exec = ["exec", instance, "--namespace", namespace, "--container", "postgres", "--", ...psql];
  const { exitCode, stdout } = await kubectlFinished(client, exec);
  return exitCode === 0 ? stdout.trim() : undefined;
}
