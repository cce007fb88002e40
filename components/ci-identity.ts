import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { withDefaults } from "./manifests/defaults";
import { type CiRole, CiSystem } from "./vault/ci-role";
import { boundClaims, identityProblem, usesGlobs } from "./vault/ci-claims";

/** Arguments of {@link CiIdentity}. */
export interface CiIdentityArgs {
  /** Whose pipelines they are. */
  readonly system: CiSystem;
  /** Address of the server, such as `https://gitlab.example.com`; both systems call themselves by it in their tokens. */
  readonly address: string;
  /**
   * What a token says of its issuer.
   *
   * @default - GitLab's address, and Jenkins' with `/oidc`
   */
  readonly issuer?: string;
  /**
   * Public keys that sign the tokens, in PEM, where Vault cannot ask the issuer.
   *
   * @default - those that the issuer publishes
   */
  readonly publicKeys?: pulumi.Input<string>[];
  /**
   * Authority that signed the issuer's certificate, in PEM.
   *
   * @default - the system's authorities on Vault's machine
   */
  readonly certificateAuthority?: pulumi.Input<string>;
  /** For whom a token must be meant: what the pipelines ask for as `aud`. */
  readonly audience: string;
  /**
   * Path of the auth method in Vault.
   *
   * @default "jwt"
   */
  readonly path?: string;
  /** The roles by name, as pipelines name them in `VAULT_ROLE`. */
  readonly roles: Record<string, CiRole>;
}

/**
 * Lets pipelines log in to Vault with the token that GitLab or Jenkins makes for each job, so that none of them holds a
 * token that lasts: an auth method for the system, and roles bound to a project and a branch, whose tokens end within
 * an hour and cannot be renewed beyond it.
 *
 * ```ts
 * new CiIdentity("gitlab", {
 *   system: CiSystem.GitLab,
 *   address: "https://gitlab.example.com",
 *   audience: "vault",
 *   roles: {
 *     "blog-test": { project: "team/blog", branch: "main", policies: ["deploy-blog-test"] },
 *     "blog-prod": { project: "team/blog", branch: "main", environment: "prod", policies: ["deploy-blog-prod"] },
 *   },
 * });
 * ```
 *
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/ and https://plugins.jenkins.io/oidc-provider/
 */
export class CiIdentity extends pulumi.ComponentResource {
  /** Path of the auth method, `VAULT_AUTH_PATH` of the pipelines. */
  public readonly path: pulumi.Output<string>;

  /** @throws ResourceError when a role would let in more than a project's branch, or for longer than an hour. */
  constructor(name: string, args: CiIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagewright:index:CiIdentity", name, {}, opts);
    const settings = withDefaults({ path: "jwt" }, args);
    const problem = identityProblem(settings);
    if (problem !== undefined) throw new pulumi.ResourceError(problem, this, true);

    const method = createMethod(name, settings, this);
    this.path = method.path.apply((path) => path ?? settings.path);
    for (const [role, bound] of Object.entries(settings.roles)) {
      createRole(`${name}-${role}`, role, bound, settings, this);
    }

    this.registerOutputs({ path: this.path });
  }
}

type Settings = CiIdentityArgs & { readonly path: string };

function createMethod(name: string, settings: Settings, parent: CiIdentity): vault.jwt.AuthBackend {
  const { system, address, publicKeys, certificateAuthority, path } = settings;
  const issuer = settings.issuer ?? (system === CiSystem.Jenkins ? `${address}/oidc` : address);
  return new vault.jwt.AuthBackend(
    name,
    {
      path,
      type: "jwt",
      description: `pipelines of ${address}`,
      boundIssuer: issuer,
      ...(publicKeys ? { jwtValidationPubkeys: publicKeys.map(trimmed) } : { oidcDiscoveryUrl: issuer }),
      ...(certificateAuthority ? { oidcDiscoveryCaPem: certificateAuthority } : {}),
    },
    { parent },
  );
}

/** As Vault gives a key back; with its last line's end it would be another one in every run. */
const trimmed = (key: pulumi.Input<string>) => pulumi.output(key).apply((text) => text.trim());

function createRole(
  name: string,
  roleName: string,
  role: CiRole,
  { system, address, audience }: Settings,
  parent: CiIdentity,
): void {
  const seconds = role.tokenTtlSeconds ?? 900;
  new vault.jwt.AuthBackendRole(
    name,
    {
      backend: parent.path,
      roleName,
      roleType: "jwt",
      userClaim: "sub",
      boundAudiences: [audience],
      boundClaims: boundClaims(system, address, role),
      boundClaimsType: usesGlobs(role) ? "glob" : "string",
      // A comma in a branch's name would else make two of it.
      disableBoundClaimsParsing: true,
      tokenPolicies: role.policies,
      tokenTtl: seconds,
      tokenMaxTtl: seconds,
      tokenExplicitMaxTtl: seconds,
    },
    { parent },
  );
}
