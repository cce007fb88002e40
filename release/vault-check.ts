import { askVault, type VaultAnswer, type VaultClient } from "../adapters/vault";
import { getObjects, type Kubectl, kubectlFinished } from "../adapters/kubectl";
import type { ResolvedStack } from "../environments/resolve";
import type { Check } from "./doctor";
import { deployedLogin } from "./vault-login";

const PART = "Vault";

/**
 * Looks whether Vault can take and give a stack's secrets: it answers, is open, knows the token and has the engines; and
 * the operator that was deployed before can still log in. The first thing that is wrong is told, as the rest follows from it.
 * Nothing is changed.
 */
export async function checkVault(
  { delivery, logins, kubernetes }: ResolvedStack,
  client: Kubectl,
): Promise<Check> {
  const { vault } = delivery;
  if (vault === undefined) return { part: PART, ok: true, found: "not used" };
  const { VAULT_ADDR: address, VAULT_TOKEN: token } = process.env;
  if (!address || !token) {
    const missing = [...(address ? [] : ["VAULT_ADDR"]), ...(token ? [] : ["VAULT_TOKEN"])];
    return failed(
      `${missing.join(" and ")} not set`,
      `export ${missing.map((name) => `${name}=…`).join(" ")}`,
    );
  }
  const asker = { address, token };
  const mounts = {
    [`auth/${vault.authMount}`]: "kubernetes",
    [vault.kvMount]: "kv",
    ...(logins ? { [logins.mount]: "database" } : {}),
  };
  try {
    return (
      (await sealProblem(asker)) ??
      (await tokenProblem(asker)) ??
      (await mountProblem(asker, mounts)) ??
      (await loginProblem(asker, client, kubernetes.namespace)) ?? { part: PART, ok: true, found: address }
    );
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return failed(`${address} does not answer: ${message || code}`, "vault status   # is VAULT_ADDR right?");
  }
}

const OPERATORS = {
  "vault-secrets-operator": {
    part: "Vault Secrets Operator",
    kind: "vaultstaticsecrets.secrets.hashicorp.com",
    command:
      "helm install vault-secrets-operator hashicorp/vault-secrets-operator --namespace vault-secrets-operator-system --create-namespace",
  },
  "external-secrets": {
    part: "External Secrets",
    kind: "externalsecrets.external-secrets.io",
    command:
      "helm install external-secrets external-secrets/external-secrets --namespace external-secrets --create-namespace",
  },
} as const;

/** Looks whether the cluster knows what the operator that brings the secrets works on. */
export async function checkDeliverer({ delivery }: ResolvedStack, client: Kubectl): Promise<Check> {
  const { method } = delivery;
  const { part, kind, command } =
    OPERATORS[method === "external-secrets" ? method : "vault-secrets-operator"];
  const [known] = await getObjects(client, "customresourcedefinition", kind);
  return known ? { part, ok: true, found: kind } : { part, ok: false, found: "none", command };
}

const failed = (found: string, command: string): Check => ({ part: PART, ok: false, found, command });

async function sealProblem(asker: VaultClient): Promise<Check | undefined> {
  const { status, body } = await askVault(
    { address: asker.address },
    "GET",
    "sys/health?standbyok=true&perfstandbyok=true",
  );
  if (status === 200 || status === 472) return undefined;
  if (status === 503) return failed(`${asker.address} is sealed`, "vault operator unseal");
  if (status === 501) return failed(`${asker.address} is not initialised`, "vault operator init");
  return failed(
    `${asker.address} answers ${status}${reasonOf(body)}`,
    "vault status   # is VAULT_ADDR a Vault?",
  );
}

async function tokenProblem(asker: VaultClient): Promise<Check | undefined> {
  const { status, body } = await askVault(asker, "GET", "auth/token/lookup-self");
  if (status === 200) return undefined;
  return failed(
    `the token in VAULT_TOKEN is refused${reasonOf(body)}`,
    "vault token lookup   # has it ended? if so, log in again: vault login",
  );
}

/** A mount that the token has no business with is not listed, like one that is not there. */
async function mountProblem(
  asker: VaultClient,
  wanted: Readonly<Record<string, string>>,
): Promise<Check | undefined> {
  const { status, body } = await askVault(asker, "GET", "sys/internal/ui/mounts");
  if (status !== 200) return undefined;
  const { auth = {}, secret = {} } = (body as { data: Mounts }).data;
  const there = new Map([
    ...Object.entries(auth).map(([path, mount]) => [`auth/${path}`, mount] as const),
    ...Object.entries(secret),
  ]);
  for (const [path, type] of Object.entries(wanted)) {
    const found = there.get(`${path}/`);
    const fits = found?.type === type && (type !== "kv" || found.options?.["version"] === "2");
    if (fits) continue;
    const what =
      type === "kv"
        ? "key-value engine, version 2,"
        : type === "database"
          ? "database engine"
          : "Kubernetes authentication";
    return failed(
      `no ${what} at ${path}/ that VAULT_TOKEN may use`,
      `${enableCommand(path, type)}   # or let VAULT_TOKEN use it: docs/secrets.md`,
    );
  }
  return undefined;
}

type Mounts = Readonly<
  Record<
    "auth" | "secret",
    | Readonly<
        Record<string, { readonly type: string; readonly options?: Readonly<Record<string, string>> | null }>
      >
    | undefined
  >
>;

function enableCommand(path: string, type: string): string {
  return type === "kubernetes"
    ? `vault auth enable -path=${path.replace(/^auth\//, "")} kubernetes`
    : `vault secrets enable -path=${path} ${type === "kv" ? "kv-v2" : type}`;
}

/** Logs in as the operator that is there already does; before the first deployment there is none. */
async function loginProblem(
  asker: VaultClient,
  client: Kubectl,
  namespace: string,
): Promise<Check | undefined> {
  const login = await deployedLogin(client, namespace);
  if (login === undefined) return undefined;
  const { mount, role, serviceAccount, audiences } = login;
  const audience = audiences.join(",");
  const made = await kubectlFinished(client, [
    "create",
    "token",
    serviceAccount,
    "--namespace",
    namespace,
    "--duration",
    "10m",
    ...audiences.flatMap((one) => ["--audience", one]),
  ]);
  // Who may not make tokens of that account cannot try it; the operator says then what Vault says.
  if (made.exitCode !== 0) return undefined;
  const answer = await askVault({ address: asker.address }, "POST", `auth/${mount}/login`, {
    role,
    jwt: made.stdout.trim(),
  });
  if (answer.status === 200) {
    await endToken(asker, answer.body);
    return undefined;
  }
  return failed(
    `the login of ServiceAccount ${namespace}/${serviceAccount} with role ${role} and audience ${audience} is refused${reasonOf(answer.body)}`,
    `vault read auth/${mount}/role/${role}   # account, namespace and audience must be these; if not: pulumi refresh`,
  );
}

/** Ends what a login got. Where its policy does not allow that, Vault does within the hour. */
async function endToken({ address }: VaultClient, login: VaultAnswer["body"]): Promise<void> {
  const { auth } = (login ?? {}) as { auth?: { client_token?: string } };
  const token = auth?.client_token;
  if (token !== undefined) await askVault({ address, token }, "POST", "auth/token/revoke-self");
}

/** Vault's own words, on one line. */
function reasonOf(body: VaultAnswer["body"]): string {
  const { errors = [] } = (body ?? {}) as { errors?: string[] };
  const words = errors
    .flatMap((error) => error.split("\n"))
    .map((line) => line.replace(/^\s*\*/, "").trim())
    .filter((line) => line !== "" && !/^\d+ errors? occurred:$/.test(line));
  return words.length > 0 ? `: ${words.join("; ")}` : "";
}
