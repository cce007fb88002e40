import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type BackupSettings, PostgresCluster, type PostgresClusterArgs } from "../../../components";
import { build } from "../../support/program";

/** A cluster with nothing but what is demanded. */
export const ARGS: PostgresClusterArgs = {
  namespace: "blog",
  image: "ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie",
  storage: "10Gi",
  walStorage: "5Gi",
  resources: { cpu: "1", memory: "2Gi" },
};

/** A backup with nothing but what is demanded. */
export const BACKUP: BackupSettings = { destination: "s3://backups/blog", secretName: "store" };

/** What the cluster `db` registers. */
export const database = (args: Partial<PostgresClusterArgs> = {}) =>
  build(() => void new PostgresCluster("db", { ...ARGS, ...args }));

/** Expects that the cluster is refused with exactly that message. */
export async function refuses(args: Partial<PostgresClusterArgs>, message: string): Promise<void> {
  await assert.rejects(database(args), (error: Error) => {
    assert.ok(pulumi.ResourceError.isInstance(error), String(error));
    assert.equal(error.message, message);
    return true;
  });
}

/** Does one after the other: a process runs one program at a time. */
export async function inTurn<T, R>(values: readonly T[], ask: (value: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (const value of values) answers.push(await ask(value));
  return answers;
}
