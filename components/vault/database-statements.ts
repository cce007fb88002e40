import { literal, quoted } from "../postgres/quoting";

/** SQL that Vault runs to make, renew and remove a login; Vault puts the words in double braces in. */
export interface Statements {
  readonly creation: string[];
  readonly renewal: string[];
  readonly revocation: string[];
}

/** What becomes a login of its own acts as the owner all the same, so that the owner has everything it makes. */
const actAs = (owner: string) => `ALTER ROLE "{{name}}" SET role = ${literal(owner)}`;

/**
 * A login that lives as long as its lease. It is removed with its sessions: Vault may end them, and pass on what is left
 * in the login's own name, only as a member of it.
 */
export function dynamicStatements(owner: string): Statements {
  const login = "LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'";
  return {
    creation: [`CREATE ROLE "{{name}}" ${login} IN ROLE ${quoted(owner)}`, actAs(owner)],
    renewal: [`ALTER ROLE "{{name}}" VALID UNTIL '{{expiration}}'`],
    revocation: [
      [
        "DO $$ BEGIN",
        "IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{{name}}') THEN",
        'ALTER ROLE "{{name}}" NOLOGIN;',
        'GRANT "{{name}}" TO CURRENT_USER;',
        "PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{{name}}';",
        `REASSIGN OWNED BY "{{name}}" TO ${quoted(owner)};`,
        'DROP OWNED BY "{{name}}";',
        'DROP ROLE "{{name}}";',
        "END IF; END $$;",
      ].join("\n"),
    ],
  };
}

/** A login that stays, and whose password changes. */
export function rotationStatements(owner: string): string[] {
  return [`ALTER ROLE "{{name}}" WITH PASSWORD '{{password}}'`, actAs(owner)];
}
