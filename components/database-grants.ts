import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { type Grant, grantsOf, grantsProblem } from "./postgres/grants";
import { DATABASE_WAY } from "./postgres/way";
import { secretArgument } from "./secret-argument";
import { withDefaults } from "./manifests/defaults";

/** The role that grants. */
export interface GrantingRole {
  /**
   * Name of a role that may connect, is no superuser, and is a member of the owner and of every migration role: what
   * they own and will make is granted in their name.
   */
  readonly name: string;
  /** Its password, as a secret; plain text is refused. */
  readonly password: pulumi.Input<string>;
}

/** Arguments of {@link DatabaseGrants}. */
export interface DatabaseGrantsArgs {
  /** Host of the primary, as its certificate names it: `PostgresCluster`'s `host`. */
  readonly host: pulumi.Input<string>;
  /**
   * Name of the database.
   *
   * @default "app"
   */
  readonly database?: string;
  /**
   * Role that owns the database, and what the application makes in it.
   *
   * @default "app"
   */
  readonly owner?: string;
  /** Who grants. */
  readonly administrator: GrantingRole;
  /**
   * Schemas that are made, beside `public`, and belong to the owner. One that is no longer declared is dropped while it
   * is empty; else PostgreSQL refuses.
   */
  readonly schemas?: string[];
  /** Roles that may read every table and sequence of the schemas, those to come included, and write none. */
  readonly readOnlyRoles?: string[];
  /**
   * Roles that may make objects in the schemas; the owner may read and write what they make. To change what the owner
   * has made, such a role must be a member of it.
   */
  readonly migrationRoles?: string[];
}

/**
 * Schemas, grants and default privileges of one database: what CloudNativePG has no resource for. The roles themselves
 * are `PostgresCluster`'s `roles`.
 *
 * It connects over TLS and verifies certificate and host name (`verify-full`), as a role that is no superuser. A run
 * by `stagewright up`, `preview`, `drift` or `destroy` opens what leads to a database inside the cluster, for its own length.
 * Elsewhere these variables of the run do: `STAGEWRIGHT_DATABASE_CA`, the file with the authority that signed the
 * certificate (`ca.crt` of the Secret `<cluster>-ca`), and `STAGEWRIGHT_DATABASE_PROXY`, a SOCKS proxy that knows the
 * host, such as `socks5://127.0.0.1:1080`; a program within the cluster needs none. Needs a Pulumi engine of 3.220.
 *
 * ```ts
 * const database = new PostgresCluster("blog-db", {
 *   ...settings,
 *   roles: [
 *     { name: "reporting" },
 *     { name: "migrator", inRoles: ["app"] },
 *     { name: "grants", inRoles: ["app", "migrator"], passwordSecretName: "grants" },
 *   ],
 * });
 * new DatabaseGrants("blog-db-grants", {
 *   host: database.host,
 *   administrator: { name: "grants", password: config.requireSecret("grants-password") },
 *   readOnlyRoles: ["reporting"],
 *   migrationRoles: ["migrator"],
 * }, { dependsOn: database, deletedWith: database });
 * ```
 *
 * @see https://www.postgresql.org/docs/current/ddl-priv.html
 */
export class DatabaseGrants extends pulumi.ComponentResource {
  /** Name of the database that the grants are in. */
  public readonly database: pulumi.Output<string>;

  /** @throws ResourceError when an argument cannot be meant, or the password is no secret. */
  constructor(name: string, args: DatabaseGrantsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagewright:index:DatabaseGrants", name, {}, opts);
    const settings = withDefaults(DEFAULTS, args);
    const problem = grantsProblem({ ...settings, administrator: args.administrator.name });
    if (problem !== undefined) throw new pulumi.ResourceError(problem, this, true);

    const provider = createProvider(name, settings, this, opts?.dependsOn);
    const schemas = settings.schemas.map(
      (schema) =>
        new postgresql.Schema(
          `${name}-${schema}`,
          { name: schema, database: settings.database, owner: settings.owner },
          { parent: this, provider },
        ),
    );
    createGrants(name, settings.database, grantsOf(settings), this, provider, schemas);

    this.database = pulumi.output(settings.database);
    this.registerOutputs({ database: this.database });
  }
}

const DEFAULTS = {
  database: "app",
  owner: "app",
  schemas: [],
  readOnlyRoles: [],
  migrationRoles: [],
} satisfies Partial<DatabaseGrantsArgs>;

/** What the provider itself calls these variables. */
const ENVIRONMENT = {
  [DATABASE_WAY.proxy]: "ALL_PROXY",
  [DATABASE_WAY.direct]: "NO_PROXY",
  [DATABASE_WAY.authority]: "PGSSLROOTCERT",
};

function createProvider(
  name: string,
  {
    host,
    database,
    administrator,
  }: Pick<DatabaseGrantsArgs, "host" | "administrator"> & { database: string },
  parent: DatabaseGrants,
  dependsOn: pulumi.ComponentResourceOptions["dependsOn"],
): postgresql.Provider {
  return new postgresql.Provider(
    name,
    {
      host,
      port: 5432,
      database,
      username: administrator.name,
      password: secretArgument(administrator.password, "administrator.password", parent),
      superuser: false,
      sslmode: "verify-full",
      connectTimeout: 60,
    },
    // The grants depend on it, and so are gone before the database.
    { parent, envVarMappings: ENVIRONMENT, ...(dependsOn ? { dependsOn } : {}) },
  );
}

/** One after the other: PostgreSQL refuses two transactions that change the privileges of one table. */
function createGrants(
  name: string,
  database: string,
  grants: readonly Grant[],
  parent: DatabaseGrants,
  provider: postgresql.Provider,
  after: pulumi.Resource[],
): void {
  let previous = after;
  for (const { suffix, ...grant } of grants) {
    const opts = { parent, provider, dependsOn: previous };
    previous = [
      grant.owner === undefined
        ? new postgresql.Grant(`${name}-${suffix}`, { database, ...grant }, opts)
        : new postgresql.DefaultPrivileges(
            `${name}-${suffix}`,
            { database, ...grant, owner: grant.owner },
            opts,
          ),
    ];
  }
}
