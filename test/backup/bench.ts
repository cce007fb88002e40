import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { PostgresCluster, type PostgresClusterArgs, RestoreDrill } from "../../components";
import { renderManifests } from "../../embedded/manifests";
import { eventually, kubectl, sql } from "../e2e/support/cluster";
import { build } from "../support/program";
import { store } from "./store";

/** A namespace of the suite's own, and what is made in it. */
export const namespace = `stagewright-backup-${randomBytes(3).toString("hex")}`;
const IMAGE = process.env["E2E_POSTGRES_IMAGE"] ?? "ghcr.io/cloudnative-pg/postgresql:18.4-standard-trixie";
const SECRET = "store";

/** Applies objects as strictly as the API server can; secret values go by standard input. */
export function apply(...objects: readonly object[]): void {
  const args = ["apply", "--server-side", "--validate=strict", "--filename", "-"];
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  execFileSync("kubectl", args, { input, stdio: ["pipe", "pipe", "pipe"] });
}

/** Makes the namespace, with the credentials of the store. */
export function open(): void {
  apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  apply({ apiVersion: "v1", kind: "Secret", metadata: { name: SECRET, namespace }, stringData: store.keys });
}

/** Removes the namespace with all that is in it. */
export function close(): void {
  kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
}

type Overrides = { readonly [K in keyof PostgresClusterArgs]?: PostgresClusterArgs[K] | undefined };

const ARGS = {
  namespace,
  image: IMAGE,
  storage: "1Gi",
  walStorage: "1Gi",
  resources: { cpu: "100m", cpuLimit: "1", memory: "512Mi" },
  parameters: { track_commit_timestamp: "on" },
  backup: {
    destination: `s3://${store.bucket}/${namespace}`,
    endpoint: store.endpoint,
    secretName: SECRET,
    rpoSeconds: 60,
  },
};

/** Declares a cluster with the component, and gives the API server exactly what it renders. */
export function declare(name: string, args: Overrides = {}): Promise<void> {
  return applyProgram(
    () => void new PostgresCluster(name, { ...ARGS, spread: "preferred", ...args } as PostgresClusterArgs),
  );
}

/** Declares the scheduled drill of such a cluster. */
export function declareDrill(name: string, cluster: string): Promise<void> {
  return applyProgram(() => void new RestoreDrill(name, { ...ARGS, cluster, timeoutSeconds: 600 }));
}

async function applyProgram(program: () => void): Promise<void> {
  const { manifests } = renderManifests(await build(program));
  apply(...manifests.map(({ kind, metadata, ...rest }) => ({ kind, metadata, ...rest })));
}

/** The operator's own sample: a number of instances, a size, and nothing chosen. */
export function declareStock(name: string, instances: number): void {
  apply({
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name, namespace },
    spec: { instances, imageName: IMAGE, storage: { size: "1Gi" } },
  });
}

/** The value at a JSON path of an object; empty where there is none. */
export const read = (kind: string, name: string, path: string) =>
  kubectl("get", kind, name, "--namespace", namespace, "--output", `jsonpath={${path}}`);

const conditionOf = (name: string, type: string) =>
  read("cluster.postgresql.cnpg.io", name, `.status.conditions[?(@.type=="${type}")].status`);

/** Waits until a cluster is ready; gives the seconds that it took. */
export async function ready(name: string, seconds = 300): Promise<number> {
  const began = Date.now();
  await eventually(
    seconds,
    () =>
      conditionOf(name, "Ready") === "True" ||
      `phase ${read("cluster.postgresql.cnpg.io", name, ".status.phase")}`,
  );
  return (Date.now() - began) / 1000;
}

/** Waits until a cluster archives its log. */
export async function archiving(name: string, seconds = 120): Promise<void> {
  await eventually(
    seconds,
    () =>
      conditionOf(name, "ContinuousArchiving") === "True" ||
      read("cluster.postgresql.cnpg.io", name, ".status.conditions"),
  );
}

/** Asks the first instance of a cluster. */
export const query = (name: string, statement: string) => sql(namespace, `${name}-1`, statement);

/** Ends the log's current file and waits until it is archived; gives its name. */
export async function archive(name: string): Promise<string> {
  const file = query(name, "select pg_walfile_name(pg_current_wal_lsn())");
  query(name, "select pg_switch_wal()");
  await eventually(120, () => {
    const last = query(name, "select coalesce(last_archived_wal, '') from pg_stat_archiver");
    return last >= file || `last archived: ${last}, waiting for ${file}`;
  });
  return file;
}

const DAMAGES = {
  remove: "s3.delete_object(Bucket=bucket, Key=key)",
  // One bit of what is compressed.
  corrupt: `body = bytearray(s3.get_object(Bucket=bucket, Key=key)['Body'].read())
body[len(body) // 2] ^= 1
s3.put_object(Bucket=bucket, Key=key, Body=bytes(body))`,
} as const;

/** Damages an archived file in the store, with the library that the plugin itself uses; gives how many were found. */
export function damageFile(
  instance: string,
  serverName: string,
  file: string,
  damage: keyof typeof DAMAGES,
): number {
  const script = [
    "import boto3",
    `s3, bucket = boto3.client('s3', endpoint_url='${store.endpoint}'), '${store.bucket}'`,
    `prefix = '${namespace}/${serverName}/wals/${file.slice(0, 16)}/${file}'`,
    "found = [o['Key'] for o in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get('Contents', [])]",
    "for key in found:",
    ...DAMAGES[damage].split("\n").map((line) => `  ${line}`),
    "print(len(found))",
  ].join("\n");
  const { ACCESS_KEY_ID, ACCESS_SECRET_KEY } = store.keys;
  const input = `export AWS_ACCESS_KEY_ID='${ACCESS_KEY_ID}' AWS_SECRET_ACCESS_KEY='${ACCESS_SECRET_KEY}' AWS_DEFAULT_REGION=us-east-1\npython3 - <<'END'\n${script}\nEND\n`;
  const where = [instance, "--namespace", namespace, "--container", "plugin-barman-cloud"];
  return Number(
    execFileSync("kubectl", ["exec", "-i", ...where, "--", "sh"], { input, encoding: "utf8" }).trim(),
  );
}
