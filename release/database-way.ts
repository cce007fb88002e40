import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../adapters/engine";
import { type Kubectl, kubectlFinished } from "../adapters/kubectl";
import { openPortForward, type PortForward } from "../adapters/port-forward";
import { startSocksProxy } from "../adapters/socks";
import { DATABASE_WAY } from "../components/postgres/way";
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
  const folder = mkdtempSync(join(tmpdir(), "stagewright-way-"));
  const authority = join(folder, "ca.crt");
  const forwards = new Forwards(stack.client, stack.settings.kubernetes.namespace);
  const proxy = await startSocksProxy(async (host, port) => {
    const cluster = forwards.clusterOf(host);
    if (cluster === undefined || port !== POSTGRES) return undefined;
    try {
      writeFileSync(authority, await forwards.authorityOf(cluster));
      return await forwards.portOf(cluster);
    } catch (error) {
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
    forwards.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The ways to a namespace's primaries, each opened once and anew when it has ended, as after a failover. */
class Forwards {
  readonly #client: Kubectl;
  readonly #namespace: string;
  readonly #open = new Map<string, Promise<PortForward>>();

  constructor(client: Kubectl, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  /** The cluster whose primary has this host. */
  clusterOf(host: string): string | undefined {
    const [, cluster, namespace] = /^([a-z0-9-]+)-rw\.([a-z0-9-]+)\.svc$/.exec(host) ?? [];
    return namespace === this.#namespace ? cluster : undefined;
  }

  async authorityOf(cluster: string): Promise<string> {
    const words = ["get", "secret", `${cluster}-ca`, "--namespace", this.#namespace];
    const read = [...words, "--output", "jsonpath={.data.ca\\.crt}", "--request-timeout", "10s"];
    const { exitCode, stdout, stderr } = await kubectlFinished(this.#client, read);
    if (exitCode !== 0) throw new Error(stderr.trim());
    return Buffer.from(stdout, "base64").toString();
  }

  async portOf(cluster: string): Promise<number> {
    const opened =
      this.#open.get(cluster) ??
      openPortForward(this.#client, this.#namespace, `service/${cluster}-rw`, POSTGRES);
    this.#open.set(cluster, opened);
    const forget = () => void this.#open.delete(cluster);
    try {
      const { port, ended } = await opened;
      void ended.then(forget);
      return port;
    } catch (error) {
      forget();
      throw error;
    }
  }

  close(): void {
    for (const opened of this.#open.values()) {
      void opened.then(
        (forward) => forward.close(),
        () => undefined,
      );
    }
  }
}
