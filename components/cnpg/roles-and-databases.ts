import type * as pulumi from "@pulumi/pulumi";
import { Database, type DatabaseSettings } from "./database";
import { DatabaseRole, type DatabaseRoleSpec, type RoleSettings } from "./database-role";
import { metadataOf } from "./metadata";
import { follows } from "./replica";
import type { Settings } from "./settings";

/*
 * Both say in `applied` whether PostgreSQL has what was declared. On a change that is still the last answer for a
 * moment, and nothing of the object tells the two apart that could be waited for.
 */
const WAIT = { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" };
/** A cluster that follows another one has what that one declares; its own counts once it is promoted. */
const LATER = { "pulumi.com/skipAwait": "true" };
const NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const RESERVED_ROLE = /^(postgres|streaming_replica)$|^(pg|cnpg)_/;
const RESERVED_DATABASE = /^(postgres|template0|template1)$/;

/** What is wrong with declared roles and databases; `undefined` when nothing is. */
export function declaredProblem(
  roles: readonly RoleSettings[],
  databases: readonly DatabaseSettings[],
): string | undefined {
  const role = roles.find(({ name }) => !NAME.test(name) || RESERVED_ROLE.test(name));
  if (role !== undefined) return nameProblem("role", role.name, RESERVED_ROLE);
  const database = databases.find(({ name }) => !NAME.test(name) || RESERVED_DATABASE.test(name));
  if (database !== undefined) return nameProblem("database", database.name, RESERVED_DATABASE);
  const twice = repeated(roles) ?? repeated(databases);
  return twice === undefined ? undefined : `${twice} is declared twice`;
}

function nameProblem(kind: string, name: string, reserved: RegExp): string {
  return reserved.test(name)
    ? `${kind} ${name} belongs to PostgreSQL or its operator; declare one of your own`
    : `a ${kind} is called ${JSON.stringify(name)}; it must be lower-case letters, digits and underscores, 63 at most`;
}

function repeated(declared: readonly { readonly name: string }[]): string | undefined {
  const names = declared.map(({ name }) => name);
  return names.find((name, index) => names.indexOf(name) !== index);
}

/** Declares roles, and then the databases that they may own. What is no longer declared stays in PostgreSQL. */
export function declareRolesAndDatabases(
  name: string,
  settings: Settings,
  administrator: RoleSettings | undefined,
  after: pulumi.Resource,
  parent: pulumi.Resource,
): void {
  const annotations = follows(settings.replica) ? LATER : WAIT;
  const declared = [...settings.roles, ...(administrator ? [administrator] : [])];
  const roles = declared.map((role) => {
    const suffix = `-role-${objectName(role.name)}`;
    return new DatabaseRole(
      `${name}${suffix}`,
      {
        metadata: { ...metadataOf(name, settings, suffix), annotations },
        spec: roleSpec(name, role),
      },
      { parent, dependsOn: after },
    );
  });
  for (const { name: called, owner, extensions } of settings.databases) {
    const suffix = `-database-${objectName(called)}`;
    new Database(
      `${name}${suffix}`,
      {
        metadata: { ...metadataOf(name, settings, suffix), annotations },
        spec: {
          cluster: { name },
          name: called,
          owner: owner ?? settings.database,
          databaseReclaimPolicy: "retain",
          ...(extensions
            ? { extensions: extensions.map((extension) => ({ name: extension, ensure: "present" })) }
            : {}),
        },
      },
      { parent, dependsOn: [after, ...roles] },
    );
  }
}

/** Kubernetes takes no underscores in names, and PostgreSQL's names here have no dashes. */
const objectName = (name: string) => name.replaceAll("_", "-");

function roleSpec(cluster: string, role: RoleSettings): DatabaseRoleSpec {
  const { inRoles, connectionLimit, passwordSecretName, comment } = role;
  return {
    cluster: { name: cluster },
    name: role.name,
    databaseRoleReclaimPolicy: "retain",
    // The operator takes out what is false, and without being said everything is: superuser, login, createrole.
    ...((role.login ?? true) ? { login: true } : {}),
    inherit: true,
    ...(role.createrole ? { createrole: true } : {}),
    ...(inRoles ? { inRoles } : {}),
    ...(connectionLimit === undefined ? {} : { connectionLimit }),
    ...(passwordSecretName ? { passwordSecret: { name: passwordSecretName } } : {}),
    ...(role.clientCertificate ? { clientCertificate: { enabled: true } } : {}),
    ...(comment === undefined ? {} : { comment }),
  };
}
