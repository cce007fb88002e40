import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PostgresCluster, type PostgresClusterArgs, type ReplicaSettings } from "../../components";
import { renderManifests } from "../../embedded/manifests";
import { store } from "../backup/store";
import { eventually, kubectl, sql } from "../e2e/support/cluster";
import { at, build } from "../support/program";

/** The two sides; each is a namespace of its own, in the one cluster that is at hand. */
export type Side = "south" | "north";
const RUN = randomBytes(3).toString("hex");
export const namespaceOf = (side: Side) => `stagewright-${side}-${RUN}`;
const IMAGE = process.env["E2E_POSTGRES_IMAGE"] ?? "ghcr.io/cloudnative-pg/postgresql:18.4-standard-trixie";
const CLUSTER = "blog-db";
const CLI = join(__dirname, "..", "..", "cli", "main.ts");
export const other = (side: Side): Side => (side === "south" ? "north" : "south");

/** A project whose two stacks the databases belong to. */
const project = mkdtempSync(join(tmpdir(), "stagewright-pair-"));
const stackFile = (side: Side) => `config:
  stagewright:environment: test
  stagewright:image: { repository: registry.example.com/blog }
  stagewright:database:
    backup: { destination: "s3://${store.bucket}/${RUN}", identity: {} }
    replica:
      self: ${side}
      primary: south
      source: { name: ${other(side)} }
  stagewright:kubernetes: { namespace: ${namespaceOf(side)} }
`;

/** Applies objects as strictly as the API server can; secret values go by standard input. */
function apply(objects: readonly object[]): void {
  const args = ["apply", "--server-side", "--validate=strict", "--filename", "-"];
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  execFileSync("kubectl", args, { input, stdio: ["pipe", "pipe", "pipe"] });
}

/** Makes both namespaces, with the credentials of the store, and the project. */
export function open(): void {
  writeFileSync(join(project, "Pulumi.yaml"), "name: stagewright\nruntime: nodejs\nmain: index.ts\n");
  for (const side of ["south", "north"] as const) {
    const namespace = namespaceOf(side);
    apply([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "store", namespace },
        stringData: store.keys,
      },
    ]);
    writeFileSync(join(project, `Pulumi.${side}.yaml`), stackFile(side));
  }
}

/** Removes both namespaces with all that is in them, and the project. */
export function close(): void {
  for (const side of ["south", "north"] as const) {
    kubectl("delete", "namespace", namespaceOf(side), "--ignore-not-found", "--wait=false");
  }
  rmSync(project, { recursive: true });
}

/** How each began; the engine is told to leave that as it is, and kubectl apply cannot be. */
const bootstraps = new Map<Side, unknown>();

/** Declares one of the two with the component, and gives the API server exactly what it renders. */
export async function declare(
  side: Side,
  primary: Side,
  args: Partial<PostgresClusterArgs> = {},
  source: Partial<ReplicaSettings["source"]> = {},
): Promise<void> {
  const registrations = await build(
    () =>
      void new PostgresCluster(CLUSTER, {
        namespace: namespaceOf(side),
        image: IMAGE,
        storage: "1Gi",
        walStorage: "1Gi",
        spread: "preferred",
        resources: { cpu: "100m", cpuLimit: "1", memory: "512Mi" },
        backup: {
          destination: `s3://${store.bucket}/${RUN}`,
          endpoint: store.endpoint,
          secretName: "store",
          rpoSeconds: 60,
        },
        replica: { self: side, primary, source: { name: other(side), ...source } },
        ...args,
      }),
  );
  apply(
    renderManifests(registrations).manifests.map(({ kind, metadata, ...rest }) => {
      if (kind !== "Cluster") return { kind, metadata, ...rest };
      const spec = rest["spec"] as Record<string, unknown>;
      if (!bootstraps.has(side)) bootstraps.set(side, at(spec, "bootstrap"));
      return { kind, metadata, ...rest, spec: { ...spec, bootstrap: bootstraps.get(side) } };
    }),
  );
}

/** The value at a JSON path of an object; empty where there is none. */
export const read = (side: Side, kind: string, name: string, path: string) =>
  kubectl("get", kind, name, "--namespace", namespaceOf(side), "--output", `jsonpath={${path}}`);

/** Waits until a database is ready; gives the seconds that it took. */
export async function ready(side: Side, seconds = 600): Promise<number> {
  const began = Date.now();
  const condition = '.status.conditions[?(@.type=="Ready")].status';
  const kind = "cluster.postgresql.cnpg.io";
  await eventually(
    seconds,
    () => read(side, kind, CLUSTER, condition) === "True" || read(side, kind, CLUSTER, ".status.phase"),
  );
  return (Date.now() - began) / 1000;
}

/** Waits until the Job that asks the instances themselves has found what was declared. */
export async function settled(side: Side, seconds = 300): Promise<void> {
  await eventually(seconds, () => {
    const here = ["--namespace", namespaceOf(side)];
    const selector = ["--selector", "app.kubernetes.io/component=settled"];
    const done = kubectl(
      "get",
      "jobs",
      ...here,
      ...selector,
      "--output",
      "jsonpath={.items[*].status.succeeded}",
    );
    return done.includes("1") || kubectl("logs", ...here, ...selector, "--tail=1", "--ignore-errors");
  });
}

/** Asks the one that is written to in this side, or that reads the other side's log. */
export const query = (side: Side, statement: string) =>
  sql(
    namespaceOf(side),
    read(side, "cluster.postgresql.cnpg.io", CLUSTER, ".status.currentPrimary"),
    statement,
    "postgres",
  );

/** Writes rows one after the other until it is stopped, and keeps those that were acknowledged, with their times. */
export function write(
  side: Side,
  first: number,
): { acknowledged: [id: number, at: number][]; stop: () => void } {
  const script = `id=${first}; while [ $id -lt ${first + 100_000} ]; do
    psql -XAtq -d postgres -v ON_ERROR_STOP=1 -c "insert into canary values ($id)" >/dev/null 2>&1 && echo $id || sleep 0.2
    id=$((id + 1)); done`;
  const exec = ["exec", "--namespace", namespaceOf(side), `${CLUSTER}-1`, "--container", "postgres", "--"];
  const child = spawn("kubectl", [...exec, "timeout", "600", "sh", "-c", script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const acknowledged: [number, number][] = [];
  createInterface({ input: child.stdout }).on("line", (line) =>
    acknowledged.push([Number(line), Date.now()]),
  );
  return { acknowledged, stop: () => void child.kill() };
}

/** What the command said and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** Runs `stagewright switch-primary`, killed with SIGKILL as soon as it says `killAt`. */
export function switchPrimary(from: Side, to: Side, killAt?: string): Promise<Ran> {
  const args = [
    "--import",
    require.resolve("tsx"),
    CLI,
    "switch-primary",
    "--from",
    from,
    "--to",
    to,
    "--yes",
  ];
  const child = spawn(process.execPath, args, { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const channel of [child.stdout, child.stderr]) {
    channel.on("data", (text) => {
      said += String(text);
      if (killAt !== undefined && said.includes(killAt)) child.kill("SIGKILL");
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, said }));
  });
}
