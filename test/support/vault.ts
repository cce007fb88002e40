import { execFileSync } from "node:child_process";
import { askVault, type VaultAnswer } from "../../adapters/vault";
import { getObjects } from "../../adapters/kubectl";
import { isDeployed, missingApiServer, missingEngine, missingForEndToEnd, type MissingPart } from "./parts";

/** The Vault that the variables name. */
export const vaultClient = () => ({
  address: process.env["VAULT_ADDR"] ?? "",
  token: process.env["VAULT_TOKEN"] ?? "",
});

/** Asks Vault, and fails unless it does what it is asked. */
export async function tellVault(method: string, path: string, body?: object): Promise<VaultAnswer> {
  const answer = await askVault(vaultClient(), method, path, body);
  if (answer.status >= 400) {
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return answer;
}

async function missingVault(): Promise<MissingPart[]> {
  const how = "VAULT_ADDR and VAULT_TOKEN of one that may make mounts";
  const answers = await tellVault("GET", "sys/mounts").then(
    () => true,
    () => false,
  );
  return answers ? [] : [{ part: "Vault", how }];
}

/** What suites with a real Vault need: an engine, a Vault where mounts may be made, and a cluster that it can ask. */
export async function missingForVault(): Promise<MissingPart[]> {
  return [...missingEngine(), ...(await missingVault()), ...(await missingApiServer())];
}

/** What a delivery needs: all that a deployment does, a Vault, and the operator that reads it. */
export async function missingForDelivery(): Promise<MissingPart[]> {
  const missing = [...(await missingForEndToEnd()), ...(await missingVault())];
  const kind = "vaultdynamicsecrets.secrets.hashicorp.com";
  const pods = await getObjects(
    {},
    "deployment",
    "--all-namespaces",
    "--field-selector",
    `metadata.name=${OPERATOR}`,
  );
  const known = (await getObjects({}, "customresourcedefinition", kind)).length > 0;
  const how = "helm install vault-secrets-operator hashicorp/vault-secrets-operator";
  return known && pods.length > 0 ? missing : [...missing, { part: "Vault Secrets Operator", how }];
}

const OPERATOR = "vault-secrets-operator-controller-manager";

/** What a delivery by External Secrets needs: a deployment's parts, a Vault, and that operator, running. */
export async function missingForExternalSecrets(): Promise<MissingPart[]> {
  const missing = [...(await missingForEndToEnd()), ...(await missingVault())];
  const how = "helm install external-secrets external-secrets/external-secrets";
  return (await isDeployed("external-secrets")) ? missing : [...missing, { part: "External Secrets", how }];
}

/** Mounts of a run's own, and an account with which Vault asks the cluster whose tokens are shown to it. */
export class VaultMounts {
  readonly run: string;
  readonly auth: string;
  readonly kv: string;
  readonly database: string;
  readonly #namespace: string;

  constructor(run: string, namespace: string) {
    [this.run, this.#namespace] = [run, namespace];
    [this.auth, this.kv, this.database] = [`kubernetes-${run}`, `kv-${run}`, `database-${run}`];
  }

  /** `VAULT_KUBERNETES_HOST` is the API server as Vault reaches it, where that is not as kubectl does. */
  async open(): Promise<void> {
    const account = ["--namespace", this.#namespace];
    execKubectl("create", "serviceaccount", "reviewer", ...account);
    const subject = `--serviceaccount=${this.#namespace}:reviewer`;
    execKubectl("create", "clusterrolebinding", this.auth, "--clusterrole=system:auth-delegator", subject);
    const view = JSON.parse(
      execKubectl("config", "view", "--raw", "--minify", "--flatten", "--output", "json"),
    ) as { clusters: { cluster: { server: string; "certificate-authority-data": string } }[] };
    const [{ cluster } = assertCluster()] = view.clusters;
    await tellVault("POST", `sys/auth/${this.auth}`, { type: "kubernetes" });
    await tellVault("POST", `auth/${this.auth}/config`, {
      kubernetes_host: process.env["VAULT_KUBERNETES_HOST"] ?? cluster.server,
      kubernetes_ca_cert: Buffer.from(cluster["certificate-authority-data"], "base64").toString(),
      token_reviewer_jwt: execKubectl("create", "token", "reviewer", ...account, "--duration=2h"),
    });
    await tellVault("POST", `sys/mounts/${this.kv}`, { type: "kv", options: { version: "2" } });
    await tellVault("POST", `sys/mounts/${this.database}`, { type: "database" });
  }

  async close(): Promise<void> {
    // Leases of a database that is gone cannot be revoked any more, only forgotten.
    const paths = [`sys/leases/revoke-force/${this.database}`];
    for (const path of paths) await askVault(vaultClient(), "PUT", path);
    for (const path of [`sys/auth/${this.auth}`, `sys/mounts/${this.kv}`, `sys/mounts/${this.database}`]) {
      await askVault(vaultClient(), "DELETE", path);
    }
    execKubectl("delete", "clusterrolebinding", this.auth, "--ignore-not-found");
  }

  /** Logs in as a workload of the cluster would. */
  login(role: string, namespace: string, account: string, audience: string): Promise<VaultAnswer> {
    const jwt = execKubectl("create", "token", account, "--namespace", namespace, "--audience", audience);
    return askVault({ address: vaultClient().address }, "POST", `auth/${this.auth}/login`, { role, jwt });
  }
}

function assertCluster(): never {
  throw new Error("kubectl names no cluster");
}

function execKubectl(...args: string[]): string {
  return execFileSync("kubectl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
