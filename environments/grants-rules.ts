import { type Case, isBroken, mistake, sound } from "./case";
import { ADMINISTRATOR, GRANTS_BINDING, OWNER } from "./grants-settings";
import { type Mistake, pathText, removeCommand, setCommand, setSecretCommand } from "./mistakes";
import { describe, valueAt } from "./shape";

const GRANTS = ["database", "grants"];
const BINDING = ["secrets", GRANTS_BINDING];
const PASSWORD = [...BINDING, "password"];
const KINDS = ["readOnlyRoles", "migrationRoles"] as const;

/** Combinations of grants that cannot work; those of a wrong shape are not judged. */
export function grantsRules(subject: Case): Mistake[] {
  const { stack } = subject;
  if (isBroken(subject, ...GRANTS)) return passwordRules(subject);
  if (valueAt(subject.raw, GRANTS) === undefined) return withoutGrants(subject);
  if (sound(subject, "database", "replica") !== undefined) {
    const expected = "nothing, as there is database.replica: what is granted comes with the data";
    return [mistake(subject, GRANTS, expected, removeCommand(stack, GRANTS))];
  }
  const given = ["schemas", ...KINDS].flatMap((key) => listAt(subject, key));
  const nothing = mistake(
    subject,
    GRANTS,
    "schemas, readOnlyRoles or migrationRoles",
    setCommand(stack, [...GRANTS, "readOnlyRoles", 0, "name"], "reporting"),
  );
  return [...(given.length === 0 ? [nothing] : []), ...passwordRules(subject), ...nameRules(subject)];
}

function withoutGrants(subject: Case): Mistake[] {
  if (valueAt(subject.raw, BINDING) === undefined) return [];
  return [
    {
      path: pathText(BINDING),
      found: "the password of who grants",
      expected: "database.grants beside it: this folder is never the application's",
      command: setCommand(subject.stack, [...GRANTS, "readOnlyRoles", 0, "name"], "reporting"),
    },
  ];
}

function passwordRules(subject: Case): Mistake[] {
  if (isBroken(subject, ...BINDING) || isBroken(subject, ...PASSWORD)) return [];
  const files = valueAt(subject.raw, BINDING);
  const others = Object.keys(files ?? {}).filter((file) => file !== "password");
  return [
    ...(valueAt(subject.raw, PASSWORD) === undefined
      ? [
          {
            path: pathText(PASSWORD),
            found: "nothing",
            expected: `the password of role ${ADMINISTRATOR}, which grants; any long random text`,
            command: setSecretCommand(subject.stack, PASSWORD),
          },
        ]
      : []),
    ...others.map((file) => ({
      path: pathText([...BINDING, file]),
      found: "a secret",
      expected: `nothing but ${pathText(PASSWORD)}: this folder is never the application's`,
      command: removeCommand(subject.stack, [...BINDING, file]),
    })),
  ];
}

/** The names that a list gives, each with its path. */
function listAt(subject: Case, key: string): { readonly path: (string | number)[]; readonly name: string }[] {
  const list = valueAt(subject.raw, [...GRANTS, key]);
  return (Array.isArray(list) ? list : []).flatMap((_, index) => {
    const path = [...GRANTS, key, index, ...(key === "schemas" ? [] : ["name"])];
    const name = valueAt(subject.raw, path);
    const broken = subject.broken.some((at) => at === pathText(path));
    return typeof name === "string" && !broken ? [{ path, name }] : [];
  });
}

const TAKEN: Readonly<Record<string, string>> = {
  [OWNER]: "the application's own role",
  [ADMINISTRATOR]: "the role that grants",
};

function nameRules(subject: Case): Mistake[] {
  const roles = KINDS.flatMap((kind) => listAt(subject, kind));
  const schemas = listAt(subject, "schemas");
  return [
    ...roles.flatMap((role) => {
      const reserved = /^(postgres|public|streaming_replica)$|^(pg|cnpg)_/.test(role.name);
      const owner = reserved ? "a role of PostgreSQL or its operator" : TAKEN[role.name];
      return owner === undefined ? [] : [taken(subject, role.path, `another name: ${role.name} is ${owner}`)];
    }),
    ...schemas
      .filter(({ name }) => /^(public|information_schema)$|^pg_/.test(name))
      .map(({ path, name }) => taken(subject, path, `another name: ${name} is a schema of PostgreSQL`)),
    ...repeated(subject, roles),
    ...repeated(subject, schemas),
  ];
}

function repeated(subject: Case, given: ReturnType<typeof listAt>): Mistake[] {
  const names = given.map(({ name }) => name);
  return given
    .filter(({ name }, index) => names.indexOf(name) !== index)
    .map(({ path, name }) => taken(subject, path, `another name: ${name} is named before`));
}

function taken({ stack, raw }: Case, path: readonly (string | number)[], expected: string): Mistake {
  // A role goes with all that is said of it.
  const whole = path.slice(0, 4);
  return {
    path: pathText(path),
    found: describe(valueAt(raw, path)),
    expected,
    command: removeCommand(stack, whole),
  };
}
