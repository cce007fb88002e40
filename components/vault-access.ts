import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { withDefaults } from "./manifests/defaults";
import { secretValues } from "./secret-argument";
import { policyText, readerRules } from "./vault/policy";
import { writeOnly } from "./vault/write-only";

/** Arguments of {@link VaultAccess}. */
export interface VaultAccessArgs {
  /** Namespace of the ServiceAccount. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the one ServiceAccount that may log in. */
  readonly serviceAccount: pulumi.Input<string>;
  /** Audience that its token must be made for; one that Vault alone has, or any service could pass the token on. */
  readonly audience: pulumi.Input<string>;
  /**
   * Mount of Vault's Kubernetes authentication, which must be there and know the cluster.
   *
   * @default "kubernetes"
   */
  readonly authMount?: string;
  /**
   * Mount of the key-value engine, version 2, which must be there.
   *
   * @default "secret"
   */
  readonly kvMount?: string;
  /** Folder in the key-value engine that belongs to the stack alone, such as `blog/test`. */
  readonly folder: string;
  /** Secrets to be written into the folder: name, key, value. The values must be marked as secret. */
  readonly secrets?: Record<string, pulumi.Input<Record<string, pulumi.Input<string>>>>;
  /** Paths that make credentials when they are read, such as `database/creds/blog`. */
  readonly credentialPaths?: string[];
  /**
   * Seconds that a token lives; 3600 at most.
   *
   * @default 3600
   */
  readonly tokenTtlSeconds?: number;
  /**
   * Name of role and policy in Vault, which all of its users share.
   *
   * @default - the name of the component
   */
  readonly roleName?: string;
}

const LONGEST_TTL = 3600;
const DEFAULTS = {
  authMount: "kubernetes",
  kvMount: "secret",
  secrets: {},
  credentialPaths: [],
  tokenTtlSeconds: LONGEST_TTL,
} satisfies Partial<VaultAccessArgs>;

/**
 * Lets one ServiceAccount of one namespace read one folder of Vault, and nothing else: a role of Kubernetes
 * authentication, a policy that only reads, and the folder's secrets.
 *
 * Values are written with write-only attributes: Vault has them, nothing reads them back, and the state holds them only
 * encrypted, as it does every secret input. A changed value is written; one that somebody changed in Vault is not seen.
 *
 * ```ts
 * const access = new VaultAccess("blog-test", {
 *   namespace: "blog-test",
 *   serviceAccount: "blog-secrets",
 *   audience: "vault",
 *   folder: "blog/test",
 *   secrets: { application: { "signing-secret": config.requireSecret("signing-secret") } },
 *   credentialPaths: ["database/creds/blog-test"],
 * });
 * ```
 *
 * @see https://developer.hashicorp.com/vault/docs/auth/kubernetes (Vault 1.21)
 */
export class VaultAccess extends pulumi.ComponentResource {
  /** Name of the role to log in with. */
  public readonly roleName: pulumi.Output<string>;
  /** Name of the policy. */
  public readonly policyName: pulumi.Output<string>;

  /** @throws ResourceError when an argument cannot be meant. */
  constructor(name: string, args: VaultAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagewright:index:VaultAccess", name, {}, opts);
    const settings = withDefaults(DEFAULTS, args);
    const problem = accessProblem(settings);
    if (problem !== undefined) throw new pulumi.ResourceError(problem, this, true);

    const roleName = settings.roleName ?? name;
    const { kvMount, folder, credentialPaths } = settings;
    const policy = new vault.Policy(
      name,
      { name: roleName, policy: policyText(readerRules(kvMount, folder, credentialPaths)) },
      { parent: this },
    );
    const role = createRole(name, roleName, settings, policy.name, this);
    writeSecrets(name, settings, this);

    this.roleName = role.roleName;
    this.policyName = policy.name;
    this.registerOutputs({ roleName: this.roleName, policyName: this.policyName });
  }
}

type Settings = VaultAccessArgs & Required<Pick<VaultAccessArgs, keyof typeof DEFAULTS>>;

const PATH = /^\w[\w.-]*(\/\w[\w.-]*)*$/;

function accessProblem({ folder, secrets, credentialPaths, tokenTtlSeconds }: Settings): string | undefined {
  if (!Number.isInteger(tokenTtlSeconds) || tokenTtlSeconds < 60 || tokenTtlSeconds > LONGEST_TTL) {
    return `tokenTtlSeconds is ${tokenTtlSeconds}; it must be a whole number from 60 to ${LONGEST_TTL}, an hour`;
  }
  const places = { folder: [folder], secrets: Object.keys(secrets), credentialPaths };
  for (const [argument, paths] of Object.entries(places)) {
    const wrong = paths.find((path) => !PATH.test(path));
    if (wrong !== undefined) {
      return `${argument}: ${JSON.stringify(wrong)} is no path; it must be words of letters, digits, dots, dashes and underscores, with / between them and no wildcard`;
    }
  }
  return undefined;
}

function createRole(
  name: string,
  roleName: string,
  settings: Settings,
  policyName: pulumi.Input<string>,
  parent: VaultAccess,
): vault.kubernetes.AuthBackendRole {
  const { authMount, namespace, serviceAccount, audience, credentialPaths, tokenTtlSeconds } = settings;
  // Credentials end with the token that they were made for: it must be renewable as long as somebody renews it.
  const end =
    credentialPaths.length > 0 ? { tokenPeriod: tokenTtlSeconds } : { tokenMaxTtl: tokenTtlSeconds };
  return new vault.kubernetes.AuthBackendRole(
    name,
    {
      backend: authMount,
      roleName,
      boundServiceAccountNames: [serviceAccount],
      boundServiceAccountNamespaces: [namespace],
      audience,
      tokenPolicies: [policyName],
      tokenNoDefaultPolicy: true,
      tokenTtl: tokenTtlSeconds,
      ...end,
    },
    { parent },
  );
}

function writeSecrets(name: string, { kvMount, folder, secrets }: Settings, parent: VaultAccess): void {
  for (const [secret, values] of Object.entries(secrets)) {
    const path = `${folder}/${secret}`;
    const { value, version } = writeOnly(
      `${kvMount}/${path}`,
      jsonOf(secretValues(values, `secrets.${secret}`, parent)),
    );
    new vault.kv.SecretV2(
      `${name}-${secret}`,
      {
        mount: kvMount,
        name: path,
        dataJsonWo: value,
        dataJsonWoVersion: version,
        // What is read would be kept in the state.
        disableRead: true,
        deleteAllVersions: true,
      },
      { parent, additionalSecretOutputs: ["dataJsonWo", "dataJsonWoVersion"] },
    );
  }
}

/** The same text for the same values, in whatever order they are written. */
function jsonOf(values: pulumi.Output<Record<string, string>>): pulumi.Output<string> {
  return values.apply((plain) => {
    const sorted = Object.entries(plain).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return JSON.stringify(Object.fromEntries(sorted));
  });
}
