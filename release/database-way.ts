import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../adapters/engine";
import type { Kubectl } from "../adapters/kubectl";
import { connectThrough, openPortForward } from "../adapters/port-forward";
import { startSocksProxy } from "../adapters/socks";
import { DATABASE_WAY } from "../components/postgres/way";
import { authorityOf } from "./database-cluster";
import type { Progress } from "./progress";
import type { DeclaredStack } from "./stack";

const POSTGRES = 5432;

/**
 * Runs the engine with a way to the databases of the stack's namespace. Each is asked for by its own name, so that its
 * certificate can be verified to the full; nothing is opened before it is asked for, as a first run makes the database
 * itself. Everything is closed when the work ends.
 */
export async function withDatabaseWay<T>(
  stack: DeclaredStack,
  engine: Engine,
  progress: Progress,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { client } = stack;
  const { namespace } = stack.settings.kubernetes;
  const folder = mkdtempSync(join(tmpdir(), "stagewright-way-"));
  const authority = join(folder, "ca.crt");
  const written = new Map<string, Promise<void>>();
  const proxy = await startSocksProxy(async (host, port) => {
    const cluster = port === POSTGRES ? clusterOf(host, namespace) : undefined;
    if (cluster === undefined) return undefined;
    try {
      // Once: who connects meanwhile reads the file.
      if (!written.has(cluster)) written.set(cluster, writeAuthority(client, namespace, cluster, authority));
      await written.get(cluster);
      return await connect(client, namespace, cluster);
    } catch (error) {
      written.delete(cluster);
      progress.warn(`no way to ${host}: ${(error as Error).message}`);
      throw error;
    }
  });
  const env = {
    ...engine.env,
    [DATABASE_WAY.proxy]: proxy.address,
    // The machine's own may name the cluster's hosts.
    [DATABASE_WAY.direct]: "127.0.0.1",
    [DATABASE_WAY.authority]: authority,
  };
  try {
    return await work({ ...engine, env });
  } finally {
    proxy.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The cluster of the namespace whose primary has this host. */
function clusterOf(host: string, namespace: string): string | undefined {
  const [, cluster, its] = /^([a-z0-9-]+)-rw\.([a-z0-9-]+)\.svc$/.exec(host) ?? [];
  return its === namespace ? cluster : undefined;
}

async function writeAuthority(
  client: Kubectl,
  namespace: string,
  cluster: string,
  file: string,
): Promise<void> {
  writeFileSync(file, await authorityOf(client, namespace, cluster));
}

/** Each connection has a port-forward of its own: kubectl ends one with all that goes through it when a single one fails. */
async function connect(client: Kubectl, namespace: string, cluster: string): Promise<Socket> {
  const forward = await openPortForward(client, namespace, `service/${cluster}-rw`, POSTGRES);
  const socket = await connectThrough(forward).catch((error: unknown) => {
    forward.close();
    throw error;
  });
  return socket.on("close", () => forward.close());
}
