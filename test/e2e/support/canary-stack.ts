import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Canaries, KINDS } from "../../support/canaries";
import { kubectl } from "./cluster";
import { target } from "./target";
import { PASSPHRASE, Workspace } from "./workspace";

/** What an engine command said, on both channels, and how it ended. */
export interface Said {
  readonly code: number;
  readonly text: string;
}

/** A stack of the program `canaries`, with a state and a home of its own; its configuration holds six canaries. */
export class CanaryStack {
  readonly workspace = new Workspace();
  readonly folder = join(this.workspace.directory, "test/e2e/programs/canaries");
  /** State, plans and logs of the engine. */
  readonly traces = mkdtempSync(join(tmpdir(), "stagewright-canaries-"));

  constructor(canaries: Canaries) {
    this.pulumi(["stack", "init"]);
    for (const kind of KINDS) this.set(kind, canaries);
    this.pulumi(["config", "set", "repository", target.repository.replace(/[^/]+$/, "canaries")]);
    if (target.builder) this.pulumi(["config", "set", "builder", target.builder]);
    if (target.baseImage) this.pulumi(["config", "set", "base", target.baseImage]);
  }

  /** Sets one canary, given on the engine's input. */
  set(kind: (typeof KINDS)[number], canaries: Canaries): void {
    const key = kind.toLowerCase().replaceAll(" ", "-");
    this.pulumi(["config", "set", "--secret", key], {}, canaries[kind]);
  }

  pulumi(args: readonly string[], variables: Readonly<Record<string, string>> = {}, input?: string): Said {
    const { status, stdout, stderr } = spawnSync("pulumi", [...args, "--stack", "e2e", "--non-interactive"], {
      cwd: this.folder,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      env: {
        ...process.env,
        PULUMI_BACKEND_URL: `file://${this.traces}`,
        PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...variables,
      },
      ...(input === undefined ? {} : { input }),
    });
    return { code: status ?? 1, text: `${stdout}${stderr}` };
  }

  /** The log that the engine keeps of each run in its home, without being asked. */
  ownLogs(): Buffer[] {
    return engineLogs((file) => file.includes("+canaries+e2e-"));
  }

  read(trace: string): Buffer {
    return readFileSync(join(this.traces, trace));
  }

  remove(): void {
    this.pulumi(["destroy", "--yes", "--skip-preview"]);
    this.workspace.remove();
    rmSync(this.traces, { recursive: true, force: true });
  }
}

/** Logs of the engine that it keeps in its home; those whose path is to the point. */
export function engineLogs(isMeant: (file: string) => boolean): Buffer[] {
  const logs = join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "logs");
  if (!existsSync(logs)) return [];
  return readdirSync(logs)
    .map((name) => join(logs, name))
    .filter(isMeant)
    .map((file) => readFileSync(file));
}

/** Everything in a namespace, by kind, as the API server shows it; of Secrets all but their values. */
export function objectsOf(namespace: string): Map<string, string> {
  const kinds = kubectl("api-resources", "--namespaced", "--verbs", "list", "--output", "name").split("\n");
  return new Map(
    kinds.map((kind) => {
      const args = ["get", kind, "--namespace", namespace, "--output", "json", "--show-managed-fields"];
      const text = kubectl(...args);
      return [kind, kind === "secrets" ? withoutData(text) : text];
    }),
  );
}

function withoutData(text: string): string {
  const { items } = JSON.parse(text) as { items: Record<string, unknown>[] };
  return JSON.stringify(items.map(({ data: _values, ...rest }) => rest));
}

/** Manifest, configuration with its history, and unpacked layers of an image, asked of a registry without a login. */
export async function imageParts(reference: string): Promise<Map<string, Buffer>> {
  const [, host = "", path = "", digest = ""] = /^([^/]+)\/([^@]+)@(.+)$/.exec(reference) ?? [];
  const get = async (kind: string, what: string) => {
    const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
    const answer = await fetch(`http://${host}/v2/${path}/${kind}/${what}`, { headers: { accept } });
    if (!answer.ok) throw new Error(`${kind} ${what}: ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  };
  const parts = new Map<string, Buffer>();
  const take = async (what: string): Promise<void> => {
    const manifest = await get("manifests", what);
    parts.set(`manifest ${what}`, manifest);
    const { manifests = [], config, layers = [] } = JSON.parse(manifest.toString()) as ImageManifest;
    for (const inner of manifests) await take(inner.digest);
    if (config) parts.set("configuration", await get("blobs", config.digest));
    for (const layer of layers) {
      const blob = await get("blobs", layer.digest);
      parts.set(`layer ${layer.digest}`, blob.subarray(0, 2).equals(GZIP) ? gunzipSync(blob) : blob);
    }
  };
  await take(digest);
  return parts;
}

const GZIP = Buffer.from([0x1f, 0x8b]);

interface ImageManifest {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
}
