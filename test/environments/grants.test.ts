import assert from "node:assert/strict";
import { runStack } from "../../embedded/run";
import { renderManifests } from "../../embedded/manifests";
import { Secret } from "../../embedded/monitor";
import { describeMistakes } from "../../environments/mistakes";
import { resolveStack } from "../../environments/resolve";
import { wayProblem } from "../../environments/database-way";
import { dependenciesOf, every, one } from "../support/program";

const CANARY = "canary-90fe";
const image = { repository: "registry.example.com/blog" };
const secrets = { "database-grants": { password: CANARY }, application: { key: "x" } };
const declared = {
  schemas: ["audit"],
  readOnlyRoles: [{ name: "reporting", secretName: "reporting-login" }],
  migrationRoles: [{ name: "migrator" }],
};

type Given = Readonly<Record<string, unknown>>;
const resolve = (grants: unknown, more: Given = { secrets }, database: Given = {}) =>
  resolveStack("test", { image, database: { ...database, ...(grants ? { grants } : {}) }, ...more });
function settled(grants: Given) {
  const resolution = resolve(grants);
  if ("mistakes" in resolution) assert.fail(describeMistakes("test", resolution.mistakes));
  return resolution.stack;
}
/** What is wrong, without the headline. */
function mistakes(grants: unknown, more?: Given, database?: Given): string {
  const resolution = resolve(grants, more, database);
  assert.ok("mistakes" in resolution);
  return describeMistakes("test", resolution.mistakes).split("\n\n").slice(1).join("\n\n");
}
const paths = (grants: unknown, more?: Given, database?: Given) =>
  [...mistakes(grants, more, database).matchAll(/^ {2}(\S.*)$/gm)].map(([, path]) => path);

describe("database.grants", () => {
  it("has the operator make the roles, and who grants a member of whoever makes tables", () => {
    assert.deepEqual(settled(declared).database.roles, [
      { name: "reporting", comment: "reads every table", passwordSecretName: "reporting-login" },
      { name: "migrator", inRoles: ["app"], comment: "makes tables" },
      {
        name: "grants",
        inRoles: ["app", "migrator"],
        passwordSecretName: "database-grants",
        comment: "grants, for the run of an engine",
      },
    ]);
    assert.equal(settled({ schemas: ["audit"] }).database.roles?.length, 1);
  });

  it("hands over who may do what, and keeps the password from the application", () => {
    const { grants, secrets: left } = settled(declared);
    assert.deepEqual(grants?.declared, {
      administrator: { name: "grants", password: CANARY },
      schemas: ["audit"],
      readOnlyRoles: ["reporting"],
      migrationRoles: ["migrator"],
    });
    assert.deepEqual(grants?.secret, {
      name: "database-grants",
      values: { username: "grants", password: CANARY },
    });
    assert.deepEqual(left, { application: { key: "x" } });
  });

  const tables: readonly (readonly [title: string, text: () => string, expected: string])[] = [
    [
      "a password that is missing, and nothing to grant",
      () => mistakes({}, {}),
      `  database.grants
    found     a mapping with no keys
    expected  schemas, readOnlyRoles or migrationRoles
    mend      pulumi config set --stack test --path 'database.grants.readOnlyRoles[0].name' reporting

  secrets.database-grants.password
    found     nothing
    expected  the password of role grants, which grants; any long random text
    mend      pulumi config set --stack test --secret --path secrets.database-grants.password`,
    ],
    [
      "names that are taken",
      () =>
        mistakes({
          schemas: ["public"],
          readOnlyRoles: [{ name: "postgres" }, { name: "app" }],
          migrationRoles: [{ name: "grants" }],
        }),
      `  database.grants.readOnlyRoles[0].name
    found     "postgres"
    expected  another name: postgres is a role of PostgreSQL or its operator
    mend      pulumi config rm --stack test --path 'database.grants.readOnlyRoles[0]'

  database.grants.readOnlyRoles[1].name
    found     "app"
    expected  another name: app is the application's own role
    mend      pulumi config rm --stack test --path 'database.grants.readOnlyRoles[1]'

  database.grants.migrationRoles[0].name
    found     "grants"
    expected  another name: grants is the role that grants
    mend      pulumi config rm --stack test --path 'database.grants.migrationRoles[0]'

  database.grants.schemas[0]
    found     "public"
    expected  another name: public is a schema of PostgreSQL
    mend      pulumi config rm --stack test --path 'database.grants.schemas[0]'`,
    ],
    [
      "names that are given twice",
      () =>
        mistakes({
          schemas: ["audit", "audit"],
          readOnlyRoles: [{ name: "reporting" }],
          migrationRoles: [{ name: "reporting" }],
        }),
      `  database.grants.migrationRoles[0].name
    found     "reporting"
    expected  another name: reporting is named before
    mend      pulumi config rm --stack test --path 'database.grants.migrationRoles[0]'

  database.grants.schemas[1]
    found     "audit"
    expected  another name: audit is named before
    mend      pulumi config rm --stack test --path 'database.grants.schemas[1]'`,
    ],
    [
      "names of a wrong form, keys that are not known, and files that nobody reads",
      () =>
        mistakes(
          { readOnlyRoles: [{ name: "Report-Reader", password: "x" }], role: "x" },
          { secrets: { "database-grants": { password: CANARY, username: "x" } } },
        ),
      `  database.grants.readOnlyRoles[0].name
    found     "Report-Reader"
    expected  lower-case letters, digits and underscores, 63 at most
    mend      pulumi config set --stack test --path 'database.grants.readOnlyRoles[0].name' reporting

  database.grants.readOnlyRoles[0].password
    found     a key that is not known
    expected  one of name, secretName
    mend      pulumi config rm --stack test --path 'database.grants.readOnlyRoles[0].password'

  database.grants.role
    found     a key that is not known
    expected  one of schemas, readOnlyRoles, migrationRoles
    mend      pulumi config rm --stack test --path database.grants.role

  secrets.database-grants.username
    found     a secret
    expected  nothing but secrets.database-grants.password: this folder is never the application's
    mend      pulumi config rm --stack test --path secrets.database-grants.username`,
    ],
    [
      "the password of nobody",
      () => mistakes(undefined),
      `  secrets.database-grants
    found     the password of who grants
    expected  database.grants beside it: this folder is never the application's
    mend      pulumi config set --stack test --path 'database.grants.readOnlyRoles[0].name' reporting`,
    ],
  ];
  for (const [title, text, expected] of tables) {
    it(`refuses ${title}`, () => assert.equal(text(), expected));
  }

  it("refuses a database that is one of a pair, and judges nothing else of it then", () => {
    const replica = { self: "south", primary: "south", source: { name: "north" } };
    const pair = { backup: { destination: "s3://backups/blog", identity: {} }, replica };
    assert.deepEqual(paths({}, {}, pair), ["database.grants"]);
  });
});

const configuration = (values: Given) => ({
  values: Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`stagewright:${key}`, JSON.stringify(value)]),
  ),
  secretKeys: ["stagewright:secrets"],
  open: [],
});

const run = () =>
  runStack({
    directory: process.cwd(),
    stack: "test",
    configuration: configuration({ image, secrets, database: { grants: declared } }),
  });

describe("database.grants in the program", () => {
  it("is granted once the database has the roles, and shows the password nowhere", async () => {
    const { registrations, outputs, warnings } = await run();
    const provider = one(registrations, "pulumi:providers:postgresql");
    assert.equal(provider.inputs["host"], "blog-db-rw.blog-test.svc");
    const before = dependenciesOf(registrations, provider).join("\n");
    for (const role of ["reporting", "migrator", "grants"]) {
      assert.match(before, new RegExp(`DatabaseRole blog-db-role-${role}$`, "m"));
    }
    assert.ok(every(registrations, "Grant").length > 0);
    const rendering = renderManifests(registrations);
    assert.ok(!JSON.stringify([registrations, outputs, warnings, rendering]).includes(CANARY));
    const { password } = provider.inputs;
    assert.ok(password instanceof Secret && password.reveal() === CANARY);
  });

  it("keeps the password in the Secret that the operator takes it from", async () => {
    const { registrations } = await run();
    const secret = one(registrations, "Secret", "database-grants");
    const content = secret.inputs["stringData"];
    assert.ok(content instanceof Secret);
    assert.deepEqual(content.reveal(), { username: "grants", password: CANARY });
    assert.ok(one(registrations, "PostgresCluster").dependencies.includes(secret.urn));
  });
});

describe("A run without a way to the database", () => {
  const before = process.env["STAGEWRIGHT_DATABASE_CA"];
  afterEach(() => {
    if (before === undefined) delete process.env["STAGEWRIGHT_DATABASE_CA"];
    else process.env["STAGEWRIGHT_DATABASE_CA"] = before;
  });

  it("names the command that opens one", () => {
    delete process.env["STAGEWRIGHT_DATABASE_CA"];
    assert.equal(
      wayProblem("test"),
      "stack test declares database.grants, and plain Pulumi opens no way to a database inside the cluster; use: " +
        "stagewright up --stack test",
    );
    process.env["STAGEWRIGHT_DATABASE_CA"] = "/somewhere/ca.crt";
    assert.equal(wayProblem("test"), undefined);
  });
});
