import type * as pulumi from "@pulumi/pulumi";
import type { RoleSettings } from "../cnpg/database-role";

/** A kind of login that is made when it is asked for. */
export interface DynamicRole {
  /** Name in Vault. */
  readonly name: string;
  /**
   * Seconds that a lease lasts before it must be renewed.
   *
   * @default 3600
   */
  readonly leaseSeconds?: number;
  /**
   * Seconds after which a login is replaced, however often its lease was renewed.
   *
   * @default 86400
   */
  readonly longestSeconds?: number;
}

/** A login that stays, and whose password Vault changes. */
export interface StaticRole {
  /** Name in Vault. */
  readonly name: string;
  /** Role of PostgreSQL, which must be there and be a member of the owner. */
  readonly username: string;
  /**
   * Seconds between two changes of its password.
   *
   * @default 86400
   */
  readonly rotationSeconds?: number;
}

/** What roles are judged by. */
interface Declared {
  readonly certificateAuthority?: pulumi.Input<string>;
  readonly certificateAuthoritySecretId?: pulumi.Input<string>;
  readonly administratorPassword?: pulumi.Input<string>;
  readonly administratorSecretId?: pulumi.Input<string>;
  readonly owner: string;
  readonly administrator: string;
  readonly dynamicRoles: readonly DynamicRole[];
  readonly staticRoles: readonly StaticRole[];
  readonly clusterRoles: readonly RoleSettings[];
}

const EITHER = [
  ["certificateAuthority", "certificateAuthoritySecretId"],
  ["administratorPassword", "administratorSecretId"],
] as const;

/** What is wrong with the roles of a database in Vault; `undefined` when nothing is. */
export function databaseProblem(declared: Declared): string | undefined {
  const { owner, administrator, dynamicRoles, staticRoles, clusterRoles } = declared;
  for (const [value, secret] of EITHER) {
    if ((declared[value] === undefined) === (declared[secret] === undefined)) {
      return `exactly one of ${value} and ${secret} must be given`;
    }
  }
  const names = [...dynamicRoles, ...staticRoles].map(({ name }) => name);
  if (names.length === 0) return "neither dynamicRoles nor staticRoles is given; Vault would make no login";
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `the role ${twice} is declared twice`;
  const misnamed = names.find((name) => !/^[\w-]+$/.test(name));
  if (misnamed !== undefined)
    return `a role is called ${JSON.stringify(misnamed)}; it must be letters, digits, dashes and underscores`;
  if (administrator === "postgres")
    return "administrator is postgres; it must be a role of its own that is no superuser";
  for (const role of dynamicRoles) {
    const problem = lifetimeProblem(role);
    if (problem !== undefined) return problem;
  }
  for (const role of staticRoles) {
    const problem = rotationProblem(role, owner, administrator, clusterRoles);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** How long a login or its password lasts, in seconds, where its role does not say. */
export const LIFETIMES = { leaseSeconds: 3600, longestSeconds: 86_400, rotationSeconds: 86_400 };

function lifetimeProblem({
  name,
  leaseSeconds = LIFETIMES.leaseSeconds,
  longestSeconds = LIFETIMES.longestSeconds,
}: DynamicRole): string | undefined {
  if (!Number.isInteger(leaseSeconds) || leaseSeconds < 30) {
    return `leaseSeconds of role ${name} is ${leaseSeconds}; it must be a whole number of at least 30`;
  }
  return Number.isInteger(longestSeconds) && longestSeconds >= leaseSeconds
    ? undefined
    : `longestSeconds of role ${name} is ${longestSeconds}; it must be a whole number of at least leaseSeconds, ${leaseSeconds}`;
}

/** Two who change one password lock each other out. */
function rotationProblem(
  { name, username, rotationSeconds = LIFETIMES.rotationSeconds }: StaticRole,
  owner: string,
  administrator: string,
  clusterRoles: readonly RoleSettings[],
): string | undefined {
  if (!Number.isInteger(rotationSeconds) || rotationSeconds < 30) {
    return `rotationSeconds of role ${name} is ${rotationSeconds}; it must be a whole number of at least 30`;
  }
  const sides = `static role ${name} lets Vault change the password of ${username}, and`;
  if (username === owner) {
    return `${sides} CloudNativePG keeps that of the owner ${owner} itself; declare another role that is a member of ${owner}`;
  }
  if (username === administrator) {
    return `${sides} Vault connects as administrator ${administrator}; declare another role`;
  }
  return clusterRoles.some((role) => role.name === username && role.passwordSecretName !== undefined)
    ? `${sides} role ${username} of the PostgresCluster has a passwordSecretName, which CloudNativePG sets its password from; leave passwordSecretName out`
    : undefined;
}
