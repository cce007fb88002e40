import type { DatabaseGrantsArgs, RoleSettings } from "../components";
import type { StackConfiguration } from "./schema";

/** Folder under `secrets` that holds the password of who grants; the application never sees it. */
export const GRANTS_BINDING = "database-grants";
/** The role that grants. */
export const ADMINISTRATOR = "grants";
/** The application's own role, which owns the database. */
export const OWNER = "app";

/** Who may do what in a stack's database, beside the application. */
export interface GrantsSettings {
  /** The password of who grants, as the operator takes it; the values are secret. */
  readonly secret: { readonly name: string; readonly values: Readonly<Record<string, string>> };
  readonly declared: Omit<DatabaseGrantsArgs, "host">;
}

type Given = NonNullable<NonNullable<StackConfiguration["database"]>["grants"]>;
type GivenRole = NonNullable<Given["readOnlyRoles"]>[number];

/** What is granted, by the name and password of who grants. */
export function settleGrants(
  given: Given | undefined,
  credentials: Readonly<Record<string, string>> = {},
): { grants?: GrantsSettings } {
  if (given === undefined) return {};
  const password = credentials["password"] ?? "";
  return {
    grants: {
      secret: { name: GRANTS_BINDING, values: { username: ADMINISTRATOR, password } },
      declared: {
        administrator: { name: ADMINISTRATOR, password },
        schemas: given.schemas ?? [],
        readOnlyRoles: names(given.readOnlyRoles),
        migrationRoles: names(given.migrationRoles),
      },
    },
  };
}

const names = (roles: readonly GivenRole[] = []) => roles.map(({ name }) => name);

/** The roles that grants are about, for the operator to make. */
export function rolesOf({ readOnlyRoles = [], migrationRoles = [] }: Given): RoleSettings[] {
  return [
    ...readOnlyRoles.map((role) => roleOf(role, { comment: "reads every table" })),
    ...migrationRoles.map((role) => roleOf(role, { inRoles: [OWNER], comment: "makes tables" })),
    {
      name: ADMINISTRATOR,
      inRoles: [OWNER, ...names(migrationRoles)],
      passwordSecretName: GRANTS_BINDING,
      comment: "grants, for the run of an engine",
    },
  ];
}

function roleOf({ name, secretName }: GivenRole, more: Partial<RoleSettings>): RoleSettings {
  return { name, ...more, ...(secretName === undefined ? {} : { passwordSecretName: secretName }) };
}
