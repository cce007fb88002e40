import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { getObjects, kubectl } from "../../adapters/kubectl";
import { capture, onPath } from "../../adapters/processes";
import { missingReleaseTools } from "../../adapters/release-tools";

/** A part that a suite needs and this machine lacks. */
export interface MissingPart {
  readonly part: string;
  readonly how: string;
}

const CLUSTER = "KUBECONFIG=… of a Kubernetes 1.30 or newer";

/** The engine, where it is missing. */
export const missingEngine = (): MissingPart[] =>
  onPath("pulumi") ? [] : [{ part: "pulumi", how: "curl -fsSL https://get.pulumi.com | sh" }];

/** The API server, or what asks it, where it is missing. */
export async function missingApiServer(): Promise<MissingPart[]> {
  if (!onPath("kubectl"))
    return [{ part: "kubectl", how: "https://kubernetes.io/docs/tasks/tools/#kubectl" }];
  const answers = (await kubectl({}, "version", "--request-timeout", "10s")) !== undefined;
  return answers ? [] : [{ part: "API server", how: CLUSTER }];
}

/** What `test:cluster` needs: an API server with the definitions of our custom resources. */
export async function missingForCluster(): Promise<MissingPart[]> {
  const server = await missingApiServer();
  if (server.length > 0) return server;
  const kinds = (await kubectl({}, "api-resources", "--output", "name")) ?? "";
  return [
    "clusters.postgresql.cnpg.io",
    "objectstores.barmancloud.cnpg.io",
    "httproutes.gateway.networking.k8s.io",
  ]
    .filter((kind) => !kinds.includes(kind))
    .map((kind) => ({
      part: `definition of ${kind}`,
      how: "kubectl apply --server-side -f FOLDER-OF-DEFINITIONS",
    }));
}

/** Whether a Deployment of that name, in whatever namespace, has a pod that is ready. */
export async function isDeployed(name: string): Promise<boolean> {
  const deployments = await getObjects<{
    kind: string;
    metadata: { name: string };
    status?: { readyReplicas?: number };
  }>({}, "deployment", "--all-namespaces", "--selector", `app.kubernetes.io/name=${name}`);
  return deployments.some(({ status }) => (status?.readyReplicas ?? 0) > 0);
}

/** What a database of a suite needs: a running operator. */
export async function missingOperator(): Promise<MissingPart[]> {
  return (await isDeployed("cloudnative-pg"))
    ? []
    : [{ part: "CloudNativePG operator", how: "stagewright doctor names the command" }];
}

/** What `test:e2e` needs on top: an engine, a running operator, a builder and a Gateway. */
export async function missingForEndToEnd(): Promise<MissingPart[]> {
  const cluster = await missingForCluster();
  if (cluster.length > 0) return [...missingEngine(), ...cluster];
  const builder = await capture("docker", ["buildx", "inspect", ...builderArgs()]);
  const gateways = await getObjects({}, "gateways.gateway.networking.k8s.io", "--all-namespaces");
  return [
    ...missingEngine(),
    ...(await missingOperator()),
    ...(builder.exitCode === 0
      ? []
      : [{ part: "BuildKit builder", how: "docker buildx create --bootstrap --use" }]),
    ...(gateways.length > 0 ? [] : [{ part: "Gateway", how: "any implementation of the Gateway API" }]),
  ];
}

function builderArgs(): string[] {
  const name = process.env["E2E_BUILDER"];
  return name ? [name] : [];
}

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];

/** The browser on PATH. */
export const browserPath = () =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => BROWSERS.map((name) => join(folder, name)))
    .find((file) => existsSync(file));

/** What `test:board` needs: a browser. */
export async function missingForBoard(): Promise<MissingPart[]> {
  return browserPath() === undefined ? [{ part: "chromium", how: "apt-get install chromium" }] : [];
}

/** The line that a suite prints instead of its results. */
export function notRunLine(suite: string, missing: readonly MissingPart[]): string {
  return `not run: ${suite} (${missing.map(({ part, how }) => `${part} missing: ${how}`).join("; ")})`;
}

/** Ends the whole run loudly when a part is missing: a suite that did not run must not look as if it had passed. */
export function endUnlessThere(suite: string, missing: readonly MissingPart[]): void {
  if (missing.length === 0) return;
  process.stdout.write(`${notRunLine(suite, missing)}\n`);
  process.exit(3);
}

const SUITES: Readonly<Record<string, () => Promise<MissingPart[]>>> = {
  cluster: missingForCluster,
  e2e: missingForEndToEnd,
  board: missingForBoard,
  kills: () => Promise.resolve(missingReleaseTools()),
};

/** Command line: `tsx test/support/parts.ts cluster|e2e|board|kills` prints what is missing and ends with 3, or with 0. */
async function main(suite: string): Promise<void> {
  const missing = (await SUITES[suite]?.()) ?? [];
  if (missing.length === 0) return;
  process.stdout.write(`${notRunLine(`test:${suite}`, missing)}\n`);
  process.exitCode = 3;
}

if (require.main === module) void main(process.argv[2] ?? "");
