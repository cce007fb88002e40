import { ask, ENGINE_FLOOR, findEngine } from "../adapters/engine";
import { getObjects, type Kubectl, type KubeObject, kubectl } from "../adapters/kubectl";
import { capture, onPath } from "../adapters/processes";
import { setCommand } from "../environments/mistakes";
import type { ResolvedStack } from "../environments/resolve";
import { checkOperator } from "./operator-check";
import { checkAdministrator } from "./role-administrator";
import type { DeclaredStack } from "./stack";
import { checkAuthority } from "./vault-authority";
import { checkDeliverer, checkVault } from "./vault-check";
import { atLeastVersion } from "./versions";

/** One part that a deployment needs. */
export interface Check {
  readonly part: string;
  readonly ok: boolean;
  /** What was found, with its version where it has one. */
  readonly found: string;
  /** The command that brings the part; absent where it is there. */
  readonly command?: string;
  /** What would make a part that is there do better, and the command for it. */
  readonly advice?: { readonly text: string; readonly command: string };
}

const KUBERNETES_FLOOR = "1.30.0";
const NODE_FLOOR = "20.19.0";
const PLUGIN_MANIFEST =
  "https://github.com/cloudnative-pg/plugin-barman-cloud/releases/download/v0.14.0/manifest.yaml";

/** Looks for every part that deploying this stack needs, all of them in one go. */
export async function examine(declared: DeclaredStack): Promise<Check[]> {
  const { directory, settings: stack, secretsProvider, client } = declared;
  const machine = await Promise.all([
    checkNode(),
    checkProgram("git", "apt-get install git"),
    checkEngine(directory),
    checkPassphrase(secretsProvider),
    checkProgram("kubectl", "https://kubernetes.io/docs/tasks/tools/#kubectl"),
    stack.image.build ? checkBuilder(stack.image.build.builder) : checkDaemon(),
  ]);
  const cluster = onPath("kubectl") ? await checkCluster(client) : undefined;
  if (!cluster) return machine;
  if (!cluster.ok) return [...machine, cluster];
  const inside = await Promise.all([
    checkOperator(client, stack.database.instances),
    checkStorageClass(client, stack),
    ...(stack.archive ? [checkBackupPlugin(client)] : []),
    ...(stack.delivery.vault ? [checkDeliverer(stack, client), checkVault(stack, client)] : []),
    ...(stack.logins ? [checkAdministrator(declared), checkAuthority(declared)] : []),
    ...checkRoutes(client, stack),
  ]);
  return [...machine, cluster, ...inside];
}

function check(part: string, ok: boolean, found: string, command: string): Check {
  return ok ? { part, ok, found } : { part, ok, found, command };
}

async function checkNode(): Promise<Check> {
  const found = process.versions.node;
  return check(
    "Node.js",
    atLeastVersion(found, NODE_FLOOR),
    found,
    `install Node.js ${NODE_FLOOR} or newer: https://nodejs.org`,
  );
}

async function checkProgram(name: string, command: string): Promise<Check> {
  return check(name, onPath(name), onPath(name) ? "on PATH" : "not on PATH", command);
}

async function checkEngine(directory: string): Promise<Check> {
  const engine = findEngine(directory);
  const { exitCode, stdout } = await ask(engine, "version");
  const version = stdout.trim().replace(/^v/, "");
  return check(
    "Pulumi engine",
    exitCode === 0 && atLeastVersion(version, ENGINE_FLOOR),
    exitCode === 0 ? `${version} (${engine.origin})` : `none (tried ${engine.origin})`,
    "curl -fsSL https://get.pulumi.com | sh",
  );
}

async function checkPassphrase(secretsProvider: string): Promise<Check> {
  if (secretsProvider !== "passphrase") return check("secrets provider", true, secretsProvider, "");
  const variable = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"].find(
    (name) => process.env[name] !== undefined,
  );
  return check(
    "secrets provider",
    variable !== undefined,
    variable ? `passphrase from ${variable}` : "passphrase, which is not set",
    "export PULUMI_CONFIG_PASSPHRASE=… (the README has the sample stack's)",
  );
}

const DOCKER = "https://docs.docker.com/engine/install/";

async function checkBuilder(name?: string): Promise<Check> {
  if (!onPath("docker")) return check("BuildKit", false, "docker is not on PATH", DOCKER);
  const { exitCode, stdout, stderr } = await capture("docker", [
    "buildx",
    "inspect",
    ...(name ? [name] : []),
  ]);
  const version = /BuildKit version:\s*(\S+)/i.exec(stdout)?.[1];
  const driver = /Driver:\s*(\S+)/.exec(stdout)?.[1];
  const ok = exitCode === 0 && version !== undefined;
  const problem = exitCode === 0 ? "the builder does not run" : (stderr.split("\n")[0] ?? "no docker buildx");
  return check(
    "BuildKit",
    ok,
    ok ? `${version} (builder ${name ?? "in use"}, driver ${driver})` : problem,
    `docker buildx create --bootstrap --use --driver docker-container${name ? ` --name ${name}` : ""}`,
  );
}

/** A promoted image is only looked up, but the provider that does it wants a daemon. */
async function checkDaemon(): Promise<Check> {
  if (!onPath("docker")) return check("Docker daemon", false, "docker is not on PATH", DOCKER);
  const { exitCode, stdout, stderr } = await capture("docker", [
    "version",
    "--format",
    "{{.Server.Version}}",
  ]);
  const found = exitCode === 0 ? stdout.trim() : (stderr.split("\n")[0] ?? "no answer");
  return check("Docker daemon", exitCode === 0, found, "systemctl start docker");
}

async function checkCluster(client: Kubectl): Promise<Check> {
  const text = await kubectl(client, "version", "--output", "json", "--request-timeout", "10s");
  const version =
    text && (JSON.parse(text) as { serverVersion?: { gitVersion: string } }).serverVersion?.gitVersion;
  return check(
    "Kubernetes cluster",
    Boolean(version) && atLeastVersion(version ?? "", KUBERNETES_FLOOR),
    version ?? `no answer${client.context ? ` from context ${client.context}` : ""}`,
    client.context
      ? `kubectl config get-contexts ${client.context}`
      : "export KUBECONFIG=… (Kubernetes 1.30 or newer; for a local one: kind create cluster)",
  );
}

/** The operator finds the plugin by this label of its Service. */
async function checkBackupPlugin(client: Kubectl): Promise<Check> {
  const label = "cnpg.io/pluginName=barman-cloud.cloudnative-pg.io";
  const [service] = await getObjects(client, "service", "--all-namespaces", "--selector", label);
  return check(
    "Barman Cloud plugin",
    service !== undefined,
    service ? `${service.metadata.namespace}/${service.metadata.name}` : "none",
    `kubectl apply --server-side -f ${PLUGIN_MANIFEST}`,
  );
}

const isDefault = ({ metadata }: KubeObject) =>
  metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";

async function checkStorageClass(client: Kubectl, stack: ResolvedStack): Promise<Check> {
  const wanted = stack.database.storageClass;
  const classes = await getObjects(client, "storageclass");
  const match = classes.find((found) => (wanted ? found.metadata.name === wanted : isDefault(found)));
  return check(
    "StorageClass",
    match !== undefined,
    match?.metadata.name ?? (wanted ? `no class ${wanted}` : "no default class"),
    wanted ? "kubectl get storageclass" : setCommand(stack.stack, ["database", "storageClass"], "NAME"),
  );
}

function checkRoutes(client: Kubectl, { route }: ResolvedStack): Promise<Check>[] {
  const { gateway, ingress } = route;
  return [
    ...(gateway
      ? [
          checkObject(
            client,
            "Gateway",
            "gateways.gateway.networking.k8s.io",
            gateway.name,
            gateway.namespace,
          ),
        ]
      : []),
    ...(ingress ? [checkObject(client, "IngressClass", "ingressclass", ingress.className)] : []),
  ];
}

async function checkObject(
  client: Kubectl,
  part: string,
  kind: string,
  name: string,
  namespace?: string,
): Promise<Check> {
  const [found] = await getObjects(client, kind, name, ...(namespace ? ["--namespace", namespace] : []));
  const where = namespace ? `${namespace}/${name}` : name;
  return check(
    part,
    found !== undefined,
    found ? where : `no ${where}`,
    `kubectl get ${kind}${namespace ? " --all-namespaces" : ""}`,
  );
}
