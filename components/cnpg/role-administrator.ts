import { randomBytes } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { administratorStatements } from "./administrator-statements";
import type { RoleSettings } from "./database-role";
import { metadataOf } from "./metadata";
import type { Settings } from "./settings";

/** A role that makes logins for others, each a member of the application's role. It is no superuser. */
export interface RoleAdministrator {
  /**
   * Name of the role.
   *
   * @default "vault_admin"
   */
  readonly name?: string;
  /** Namespace whose pods may connect, such as the one that Vault runs in. */
  readonly namespace: string;
  /**
   * Declared roles whose password it changes, such as those of Vault's static logins. From PostgreSQL 16 on, it may
   * do that only for roles that it could pass on.
   *
   * @default - none
   */
  readonly passwordsOf?: string[];
}

/** The administrator as a role, and the Secret with its password, as `<namespace>/<name>`. */
export interface Administrator {
  readonly role: RoleSettings;
  readonly secretId: pulumi.Output<string>;
}

export const administratorName = ({ name = "vault_admin" }: RoleAdministrator) => name;

/** What is wrong with the roles whose password it changes; `undefined` when nothing is. */
export function administratorProblem(
  { passwordsOf = [] }: RoleAdministrator,
  roles: readonly RoleSettings[],
): string | undefined {
  for (const name of passwordsOf) {
    const role = roles.find((declared) => declared.name === name);
    if (role === undefined) {
      return `roleAdministrator.passwordsOf names ${name}, and roles declares none of that name; declare it`;
    }
    if (role.passwordSecretName !== undefined) {
      return `roleAdministrator.passwordsOf names ${name}, and role ${name} has a passwordSecretName, which the operator sets its password from; leave passwordSecretName out`;
    }
  }
  return undefined;
}

/** Makes the password of the administrator, once, and a role that has it; `undefined` where none is asked for. */
export function createAdministrator(
  cluster: string,
  settings: Settings,
  parent: pulumi.Resource,
): Administrator | undefined {
  if (settings.roleAdministrator === undefined) return undefined;
  const name = administratorName(settings.roleAdministrator);
  const members = [settings.database, ...(settings.roleAdministrator.passwordsOf ?? [])];
  const secret = new k8s.core.v1.Secret(
    `${cluster}-administrator`,
    {
      metadata: metadataOf(cluster, settings, "-administrator"),
      type: "kubernetes.io/basic-auth",
      data: pulumi.secret({ username: base64(name), password: base64(randomBytes(24).toString("hex")) }),
    },
    {
      parent,
      ignoreChanges: ["data"], // each run would make another password
    },
  );
  return {
    role: administratorRole(name, members, secret.metadata.name),
    secretId: secret.id,
  };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

function administratorRole(
  name: string,
  inRoles: pulumi.Input<string>[],
  passwordSecretName: pulumi.Input<string>,
): RoleSettings {
  // The operator would take a membership away that is not declared.
  return { name, createrole: true, inRoles, passwordSecretName, comment: "makes logins" };
}

/**
 * SQL for a cluster that is made: the operator declares memberships without the right to pass them on, and leaves that
 * right alone where it is there.
 */
export function administratorSql({
  roleAdministrator,
  database,
}: Pick<Settings, "roleAdministrator" | "database">): pulumi.Output<string>[] {
  if (roleAdministrator === undefined) return [];
  const name = administratorName(roleAdministrator);
  const statements = pulumi.output(database).apply((owner) => administratorStatements(name, owner));
  const others = (roleAdministrator.passwordsOf ?? []).flatMap((role) => [
    administratorStatements(role, name).create,
    administratorStatements(name, role).admit,
  ]);
  return [statements.create, statements.admit, ...others.map((statement) => pulumi.output(statement))];
}
