/** What is to be granted in a database. */
export interface GrantSettings {
  /** Role that owns the database, and what the application makes in it. */
  readonly owner: string;
  /** Schemas beside `public`. */
  readonly schemas: readonly string[];
  readonly readOnlyRoles: readonly string[];
  readonly migrationRoles: readonly string[];
}

/** Privileges of a role; with an owner, on what that one makes from now on, else on what is there. */
export interface Grant {
  /** What it is called among the others. */
  readonly suffix: string;
  readonly role: string;
  readonly schema: string;
  readonly objectType: "schema" | "table" | "sequence";
  readonly privileges: string[];
  readonly owner?: string;
}

const READING = { table: ["SELECT"], sequence: ["SELECT"] } as const;
const WRITING = {
  table: ["DELETE", "INSERT", "SELECT", "UPDATE"],
  sequence: ["SELECT", "UPDATE", "USAGE"],
} as const;
const OBJECTS = ["table", "sequence"] as const;

/**
 * Every grant that the roles need, in an order that does not change: first what will be made, then what is there or may
 * be made, as the application makes its tables meanwhile and would be missed between the two.
 */
export function grantsOf({ owner, schemas, readOnlyRoles, migrationRoles }: GrantSettings): Grant[] {
  return ["public", ...schemas].flatMap((schema) => [
    ...readOnlyRoles.flatMap((role) => [
      inSchema(schema, role, ["USAGE"]),
      ...[owner, ...migrationRoles].flatMap((maker) =>
        OBJECTS.map((type) => future(schema, role, type, READING[type], maker)),
      ),
      ...OBJECTS.map((type) => present(schema, role, type, READING[type])),
    ]),
    ...migrationRoles.flatMap((role) => [
      ...OBJECTS.map((type) => future(schema, owner, type, WRITING[type], role)),
      inSchema(schema, role, ["CREATE", "USAGE"]),
    ]),
  ]);
}

function inSchema(schema: string, role: string, privileges: string[]): Grant {
  return { suffix: `${schema}-${role}`, role, schema, objectType: "schema", privileges };
}

function present(
  schema: string,
  role: string,
  objectType: "table" | "sequence",
  privileges: readonly string[],
): Grant {
  return {
    suffix: `${schema}-${role}-${objectType}s`,
    role,
    schema,
    objectType,
    privileges: [...privileges],
  };
}

function future(
  schema: string,
  role: string,
  objectType: "table" | "sequence",
  privileges: readonly string[],
  owner: string,
): Grant {
  const suffix = `${schema}-${role}-${objectType}s-of-${owner}`;
  return { suffix, role, schema, objectType, privileges: [...privileges], owner };
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const RESERVED_ROLE = /^(postgres|public|streaming_replica)$|^(pg|cnpg)_/;
const RESERVED_SCHEMA = /^(public|information_schema)$|^pg_/;

/** What is wrong with the settings of grants; `undefined` when nothing is. */
export function grantsProblem(
  settings: GrantSettings & { readonly administrator: string },
): string | undefined {
  const { owner, administrator, schemas, readOnlyRoles, migrationRoles } = settings;
  const roles = [owner, administrator, ...readOnlyRoles, ...migrationRoles];
  if (schemas.length + readOnlyRoles.length + migrationRoles.length === 0) {
    return "there is nothing to grant: name schemas, readOnlyRoles or migrationRoles";
  }
  if (administrator === owner) {
    return `administrator.name is ${owner}, which owns the database; declare a role of its own`;
  }
  return nameProblem("role", roles, RESERVED_ROLE) ?? nameProblem("schema", schemas, RESERVED_SCHEMA);
}

function nameProblem(kind: string, names: readonly string[], reserved: RegExp): string | undefined {
  const bad = names.find((name) => !NAME.test(name));
  if (bad !== undefined) {
    return `a ${kind} is called ${JSON.stringify(bad)}; it must be lower-case letters, digits and underscores, 63 at most`;
  }
  const taken = names.find((name) => reserved.test(name));
  if (taken !== undefined)
    return `${kind} ${taken} belongs to PostgreSQL or its operator; name one of your own`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? undefined : `${kind} ${twice} is named twice`;
}
