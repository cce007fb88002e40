import { literal, quoted } from "../postgres/quoting";

/** SQL that a superuser runs once, so that a role may make logins which are members of the owner. */
export interface AdministratorStatements {
  /** Tells whether the role is there, and whether it may: `t|t`. */
  readonly look: string;
  readonly create: string;
  readonly admit: string;
}

/** That SQL for a role, and for the owner of what is in the database. */
export function administratorStatements(name: string, owner: string): AdministratorStatements {
  const [role, member] = [quoted(owner), quoted(name)];
  const memberships = `select from pg_auth_members where admin_option and roleid = to_regrole(${literal(role)})`;
  const administrator = `to_regrole(${literal(member)})`;
  return {
    look: `select ${administrator} is not null, exists (${memberships} and member = ${administrator})`,
    create: `CREATE ROLE ${member}`,
    admit: `GRANT ${role} TO ${member} WITH ADMIN OPTION`,
  };
}
