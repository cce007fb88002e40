import { type Kubectl, kubectl, kubectlFinished } from "../../adapters/kubectl";
import { ReleaseError } from "../errors";
import { writerPod } from "./writer-pod";

/** The database that is written to, as the application knows it. */
export interface Target {
  readonly client: Kubectl;
  readonly namespace: string;
  readonly cluster: string;
  /** Labels of a pod that may connect. */
  readonly clientLabels: Readonly<Record<string, string>>;
}

/** One acknowledged write, and when it was acknowledged, in milliseconds. */
export interface Acknowledgement {
  readonly id: number;
  readonly at: number;
}

/** Table that the drill writes to, and removes. */
export const DRILL_TABLE = "stagewright_drill";

/*
 * The application's own path: its Secret, its Service, TLS verified in full. A connection for each write, as a pool
 * makes a new one after a failure; a write counts once psql says so.
 */
const SCRIPT = `export PGPASSWORD="$(cat /run/secrets/database/password)" PGCONNECT_TIMEOUT=2
where="host=$(cat /run/secrets/database/host) dbname=$(cat /run/secrets/database/dbname) \
user=$(cat /run/secrets/database/username) sslmode=verify-full sslrootcert=/run/secrets/database-ca/ca.crt"
ask() { timeout 5 psql -XAtq -v ON_ERROR_STOP=1 "$where" -c "$1" >/dev/null 2>&1; }
until ask "create table if not exists ${DRILL_TABLE} (id bigint primary key)"; do sleep 1; done
id=0
while :; do
  id=$((id + 1))
  if ask "insert into ${DRILL_TABLE} values ($id)"; then echo "$id $(date +%s%3N)"; else sleep 0.05; fi
done`;

/** The pod that writes. */
export const writerName = (cluster: string) => `${cluster}-drill-writer`;

/** Starts writing, not on a node that is to be cut off. */
export async function startWriting(target: Target, image: string, notOn?: string): Promise<void> {
  const { client, cluster } = target;
  const pod = writerPod(target, writerName(cluster), image, SCRIPT, notOn);
  const made = await kubectlFinished(client, ["create", "--filename", "-"], JSON.stringify(pod));
  if (made.exitCode !== 0) {
    throw new ReleaseError("failed", `the drill cannot write to ${cluster}: ${made.stderr.trim()}`);
  }
}

/** What was acknowledged so far. */
export async function acknowledged({ client, namespace, cluster }: Target): Promise<Acknowledgement[]> {
  const log = (await kubectl(client, "logs", writerName(cluster), "--namespace", namespace)) ?? "";
  return log.split("\n").flatMap((line) => {
    const [id, at] = line.split(" ").map(Number);
    return id && at ? [{ id, at }] : [];
  });
}

/** Ends the writing, and gives whether it has ended. */
export async function stopWriting({ client, namespace, cluster }: Target): Promise<boolean> {
  const args = ["--namespace", namespace, "--ignore-not-found", "--wait"];
  return (await kubectl(client, "delete", "pod", writerName(cluster), ...args)) !== undefined;
}
