import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { withDefaults } from "./manifests/defaults";
import type { RoleSettings } from "./cnpg/database-role";
import { dynamicStatements, rotationStatements } from "./vault/database-statements";
import { databaseProblem, type DynamicRole, type StaticRole, LIFETIMES } from "./vault/database-roles";
import { secretArgument } from "./secret-argument";
import { writeOnly } from "./vault/write-only";

/** Arguments of {@link VaultDatabase}. */
export interface VaultDatabaseArgs {
  /**
   * Mount of Vault's database secrets engine, which must be there.
   *
   * @default "database"
   */
  readonly mount?: string;
  /**
   * Name of the connection in Vault, which no other database of the same engine may have.
   *
   * @default - the component's name
   */
  readonly connection?: string;
  /** Host of the primary, such as `blog-db-rw.blog.svc`; Vault must reach it, and its certificate must have that name. */
  readonly host: pulumi.Input<string>;
  /**
   * Port of the primary.
   *
   * @default 5432
   */
  readonly port?: number;
  /**
   * Name of the database.
   *
   * @default "app"
   */
  readonly database?: string;
  /**
   * Role that owns what is in the database, and that every login acts as.
   *
   * @default "app"
   */
  readonly owner?: string;
  /** Certificate that signed the primary's, as PEM; this, or the Secret that holds it. */
  readonly certificateAuthority?: pulumi.Input<string>;
  /**
   * Secret that holds the certificate as `ca.crt`, as `<namespace>/<name>`. The program reads it, and with it whatever
   * else the Secret holds, into the state, encrypted.
   */
  readonly certificateAuthoritySecretId?: pulumi.Input<string>;
  /**
   * Role that Vault itself connects as: the cluster's role administrator.
   *
   * @default "vault_admin"
   */
  readonly administrator?: string;
  /** Its password, marked as secret; this, or the Secret that holds it. */
  readonly administratorPassword?: pulumi.Input<string>;
  /** Secret that holds its password as `password`, as `<namespace>/<name>`. */
  readonly administratorSecretId?: pulumi.Input<string>;
  /** Logins that are made when they are asked for, and removed when their lease ends. */
  readonly dynamicRoles?: DynamicRole[];
  /** Logins that stay, and whose password Vault changes. */
  readonly staticRoles?: StaticRole[];
  /**
   * The roles that the PostgresCluster declares, so that none has its password from two sides.
   *
   * @default - they are not looked at
   */
  readonly clusterRoles?: RoleSettings[];
}

const DEFAULTS = {
  mount: "database",
  port: 5432,
  database: "app",
  owner: "app",
  administrator: "vault_admin",
  dynamicRoles: [],
  staticRoles: [],
  clusterRoles: [],
} satisfies Partial<VaultDatabaseArgs>;

type Settings = VaultDatabaseArgs & Required<Pick<VaultDatabaseArgs, keyof typeof DEFAULTS>>;

/**
 * Lets Vault make the logins of a CloudNativePG cluster. Every login acts as the stable owner, so whoever made a table,
 * the owner has it. `up` ends when Vault has connected.
 *
 * Vault connects as the cluster's role administrator, which is no superuser. It has that role's password by a write-only
 * attribute, and does not change it.
 *
 * ```ts
 * new VaultDatabase("blog-test", {
 *   host: database.host,
 *   certificateAuthoritySecretId: database.certificateAuthoritySecretId,
 *   administratorSecretId: database.administratorSecretId,
 *   dynamicRoles: [{ name: "blog-test" }],
 * }, { dependsOn: database });
 * ```
 *
 * @see https://developer.hashicorp.com/vault/docs/secrets/databases/postgresql (Vault 1.21)
 */
export class VaultDatabase extends pulumi.ComponentResource {
  /** Paths that give credentials: `<mount>/creds/<role>` and `<mount>/static-creds/<role>`. */
  public readonly credentialPaths: pulumi.Output<string[]>;

  /** @throws ResourceError when an argument cannot be meant, or a password would be set from two sides. */
  constructor(name: string, args: VaultDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagewright:index:VaultDatabase", name, {}, opts);
    const settings = withDefaults(DEFAULTS, args);
    const problem = databaseProblem(settings);
    if (problem !== undefined) throw new pulumi.ResourceError(problem, this, true);

    const connection = connect(name, settings, this);
    const made = createDynamicRoles(name, settings, connection, this);
    const kept = createStaticRoles(name, settings, connection, this);

    const paths = [
      ...made.map((role) => pulumi.interpolate`${settings.mount}/creds/${role.name}`),
      ...kept.map((role) => pulumi.interpolate`${settings.mount}/static-creds/${role.name}`),
    ];
    this.credentialPaths = pulumi.all(paths);
    this.registerOutputs({ credentialPaths: this.credentialPaths });
  }
}

function connect(
  name: string,
  settings: Settings,
  parent: VaultDatabase,
): vault.database.SecretBackendConnection {
  const { mount, connection = name, host, port, database, administrator } = settings;
  const password = passwordOf(name, settings, parent);
  const { value, version } = writeOnly(`${mount}/config/${connection}`, password);
  return new vault.database.SecretBackendConnection(
    name,
    {
      backend: mount,
      name: connection,
      allowedRoles: [...settings.dynamicRoles, ...settings.staticRoles].map((role) => role.name),
      verifyConnection: true,
      postgresql: {
        connectionUrl: pulumi.interpolate`postgresql://{{username}}:{{password}}@${host}:${port}/${database}?sslmode=verify-full`,
        username: administrator,
        passwordWo: value,
        passwordWoVersion: version,
        // PostgreSQL, and its log, see no password of a login.
        passwordAuthentication: "scram-sha-256",
        tlsCa: authorityOf(name, settings, parent),
        // After a switchover the old primary must not keep Vault's connections.
        maxConnectionLifetime: 60,
      },
    },
    // The provider would write under the new name, and leave the old one in Vault.
    { parent, additionalSecretOutputs: ["postgresql"], replaceOnChanges: ["name"] },
  );
}

function passwordOf(
  name: string,
  { administratorPassword = "", administratorSecretId: id }: Settings,
  parent: VaultDatabase,
): pulumi.Output<string> {
  return id === undefined
    ? secretArgument(administratorPassword, "administratorPassword", parent)
    : pulumi.secret(readKey(`${name}-administrator`, id, "password", parent));
}

function authorityOf(
  name: string,
  { certificateAuthority, certificateAuthoritySecretId: id }: Settings,
  parent: VaultDatabase,
): pulumi.Input<string> {
  // The rest of that Secret is secret; this part of it is what every client gets.
  return id === undefined
    ? (certificateAuthority ?? "")
    : pulumi.unsecret(readKey(`${name}-ca`, id, "ca.crt", parent));
}

function readKey(
  name: string,
  id: pulumi.Input<string>,
  key: string,
  parent: VaultDatabase,
): pulumi.Output<string> {
  const { data } = k8s.core.v1.Secret.get(name, id, { parent });
  return data.apply((files) => Buffer.from(files[key] ?? "", "base64").toString());
}

function createDynamicRoles(
  name: string,
  { mount, owner, dynamicRoles }: Settings,
  connection: vault.database.SecretBackendConnection,
  parent: VaultDatabase,
): vault.database.SecretBackendRole[] {
  const { creation, renewal, revocation } = dynamicStatements(owner);
  return dynamicRoles.map(
    ({ name: role, leaseSeconds = LIFETIMES.leaseSeconds, longestSeconds = LIFETIMES.longestSeconds }) =>
      new vault.database.SecretBackendRole(
        `${name}-${role}`,
        {
          backend: mount,
          name: role,
          dbName: connection.name,
          creationStatements: creation,
          renewStatements: renewal,
          revocationStatements: revocation,
          defaultTtl: leaseSeconds,
          maxTtl: longestSeconds,
        },
        { parent },
      ),
  );
}

function createStaticRoles(
  name: string,
  { mount, owner, staticRoles }: Settings,
  connection: vault.database.SecretBackendConnection,
  parent: VaultDatabase,
): vault.database.SecretBackendStaticRole[] {
  return staticRoles.map(
    ({ name: role, username, rotationSeconds = LIFETIMES.rotationSeconds }) =>
      new vault.database.SecretBackendStaticRole(
        `${name}-${role}`,
        {
          backend: mount,
          name: role,
          dbName: connection.name,
          username,
          rotationPeriod: rotationSeconds,
          rotationStatements: rotationStatements(owner),
        },
        { parent },
      ),
  );
}
