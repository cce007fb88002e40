import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { withDefaults } from "./manifests/defaults";
import { objectLabels } from "./manifests/labels";
import { secretValues } from "./secret-argument";
import { bringExternal, connectStore } from "./vault/by-external-secrets";
import { bringLogin, bringStatic, connectOperator, type Reader } from "./vault/by-operator";
import { type DatabaseDelivery, DeliveryMethod, type VaultSource } from "./vault/delivery-settings";
import type { RestartTarget } from "./vault/destination";
import { VaultAccess } from "./vault-access";

/** Arguments of {@link SecretDelivery}. */
export interface SecretDeliveryArgs {
  /** Namespace of the Secrets, and of the application. */
  readonly namespace: pulumi.Input<string>;
  /**
   * Who brings the secrets. Whoever it is, the application finds the same keys.
   *
   * @default "kubernetes"
   */
  readonly method?: DeliveryMethod;
  /**
   * The secrets: name, key, value; the values must be marked as secret. Each becomes a Secret `<component>-<name>`, which
   * an operator that reads Vault writes as `<component>-<name>-from-vault`.
   */
  readonly secrets: Record<string, pulumi.Input<Record<string, pulumi.Input<string>>>>;
  /**
   * The Vault that keeps them.
   *
   * @default - none, which only the method `kubernetes` can do with
   */
  readonly vault?: VaultSource;
  /**
   * The application's database, which becomes the secret `database`.
   *
   * @default - the application has none
   */
  readonly database?: DatabaseDelivery;
  /**
   * Workloads that the Vault Secrets Operator restarts when a secret has changed; for those that read it at start only.
   *
   * @default - none
   */
  readonly restartTargets?: RestartTarget[];
  /**
   * Seconds that `up` waits until an operator has written a Secret.
   *
   * @default 180
   */
  readonly timeoutSeconds?: number;
}

const DEFAULTS = {
  method: DeliveryMethod.Kubernetes,
  restartTargets: [],
  timeoutSeconds: 180,
} satisfies Partial<SecretDeliveryArgs>;

type Settings = SecretDeliveryArgs & Required<Pick<SecretDeliveryArgs, keyof typeof DEFAULTS>>;

/**
 * Brings secrets to an application's pods, as Secrets that can be mounted. One argument decides how; the application does
 * not notice.
 *
 * With Vault, an account of its own, which no pod runs as, may read the stack's folder there. The operators must be
 * in the cluster.
 *
 * ```ts
 * const delivery = new SecretDelivery("blog", {
 *   namespace: "blog-test",
 *   method: "vault-secrets-operator",
 *   vault: { address: "https://vault.example.com:8200", folder: "blog/test", roleName: "blog-test" },
 *   secrets: { application: { "signing-secret": config.requireSecret("signing-secret") } },
 * });
 * ```
 */
export class SecretDelivery extends pulumi.ComponentResource {
  /** Name of the Secret of each secret, `database` included. */
  public readonly secretNames: pulumi.Output<Record<string, string>>;

  /** @throws ResourceError when an argument cannot be meant, or two exclude each other. */
  constructor(name: string, args: SecretDeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagewright:index:SecretDelivery", name, {}, opts);
    const settings = withDefaults(DEFAULTS, args);
    const problem = deliveryProblem(settings);
    if (problem !== undefined) throw new pulumi.ResourceError(problem, this, true);

    const { vault, database } = settings;
    const brought = vault ? bringFromVault(name, settings, vault, this) : writeSecrets(name, settings, this);
    const own: Names =
      database && vault?.credentialPath === undefined ? { database: database.secretName } : {};

    this.secretNames = pulumi.output<Names>({ ...own, ...brought });
    this.registerOutputs({ secretNames: this.secretNames });
  }
}

type Names = Record<string, pulumi.Input<string>>;

function deliveryProblem({ method, vault, database, secrets, restartTargets }: Settings): string | undefined {
  if (!Object.values<string>(DeliveryMethod).includes(method)) {
    return `method is ${method}; it must be one of ${Object.values(DeliveryMethod).join(", ")}`;
  }
  if ((method === DeliveryMethod.Kubernetes) !== (vault === undefined)) {
    return vault === undefined
      ? `method is ${method}, and vault is not given; it says where Vault is`
      : `vault is given, and method is ${method}, which reads none; choose another method, or leave vault out`;
  }
  if (vault?.credentialPath !== undefined) {
    if (database === undefined)
      return "vault.credentialPath is given, and database is not: where does it lead?";
    if (method !== DeliveryMethod.VaultSecretsOperator) {
      return `vault.credentialPath is given, and method is ${method}: only ${DeliveryMethod.VaultSecretsOperator} keeps the lease of a login`;
    }
    if (!/\/(static-)?creds\/[\w-]+$/.test(vault.credentialPath)) {
      return `vault.credentialPath is ${vault.credentialPath}; it must be MOUNT/creds/ROLE or MOUNT/static-creds/ROLE`;
    }
  }
  if (database !== undefined && Object.hasOwn(secrets, "database")) {
    return "secrets.database is given, and database makes a secret of that name; choose another name";
  }
  return restartTargets.length > 0 && method !== DeliveryMethod.VaultSecretsOperator
    ? `restartTargets are given, and method is ${method}: only ${DeliveryMethod.VaultSecretsOperator} restarts anything`
    : undefined;
}

/** Without Vault, the Secrets themselves. */
function writeSecrets(name: string, { namespace, secrets }: Settings, parent: SecretDelivery): Names {
  const entries = Object.entries(secrets).map(([secret, values]): [string, pulumi.Output<string>] => {
    const secretName = `${name}-${secret}`;
    const { metadata } = new k8s.core.v1.Secret(
      secretName,
      {
        metadata: { name: secretName, namespace },
        stringData: secretValues(values, `secrets.${secret}`, parent),
      },
      // Before there was this component, the program itself had them.
      { parent, aliases: [{ parent: pulumi.rootStackResource }] },
    );
    return [secret, metadata.name];
  });
  return Object.fromEntries(entries);
}

/** With Vault, the values there, who may read them, and an operator that does. */
function bringFromVault(name: string, settings: Settings, vault: VaultSource, parent: SecretDelivery): Names {
  const { method, database, secrets } = settings;
  const reader = createReader(name, settings, vault, parent);
  if (method === DeliveryMethod.ExternalSecrets) {
    const store = connectStore(reader);
    return forEach(secrets, (secret) => bringExternal(reader, store, secret));
  }
  const auth = connectOperator(reader);
  return {
    ...forEach(secrets, (secret) => bringStatic(reader, auth, secret)),
    ...(vault.credentialPath && database
      ? { database: bringLogin(reader, auth, vault.credentialPath, database) }
      : {}),
  };
}

const forEach = (secrets: Settings["secrets"], bring: (secret: string) => pulumi.Output<string>) =>
  Object.fromEntries(Object.keys(secrets).map((secret) => [secret, bring(secret)]));

function createReader(name: string, settings: Settings, vault: VaultSource, parent: SecretDelivery): Reader {
  const { namespace, secrets, restartTargets, timeoutSeconds } = settings;
  const {
    authMount = "kubernetes",
    kvMount = "secret",
    audience = "vault",
    roleName,
    credentialPath,
    ...rest
  } = vault;
  const labels = objectLabels(name, "secrets");
  const account = new k8s.core.v1.ServiceAccount(
    `${name}-secrets`,
    { metadata: { name: `${name}-secrets`, namespace, labels }, automountServiceAccountToken: false },
    { parent },
  );
  const serviceAccount = account.metadata.name;
  const access = new VaultAccess(
    name,
    {
      ...rest,
      namespace,
      serviceAccount,
      audience,
      authMount,
      kvMount,
      roleName,
      secrets,
      credentialPaths: credentialPath === undefined ? [] : [credentialPath],
    },
    { parent },
  );
  const timeout = `${timeoutSeconds}s`;
  return {
    name,
    metadata: (object) => ({
      name: object,
      namespace,
      labels,
      annotations: { "pulumi.com/waitFor": "condition=Ready" },
    }),
    login: { ...rest, authMount, kvMount, audience, role: access.roleName, serviceAccount },
    restartTargets,
    opts: {
      parent,
      dependsOn: [account, access],
      customTimeouts: { create: timeout, update: timeout },
    },
  };
}
