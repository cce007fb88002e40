import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { DatabaseGrants, type DatabaseGrantsArgs, PostgresCluster } from "../../components";
import { type Registration, Secret } from "../../embedded/monitor";
import { build, childrenOf, every, list, one } from "../support/program";
import { ARGS } from "./cnpg/clusters";

const CANARY = "canary-51ab";
const USUAL: DatabaseGrantsArgs = {
  host: "db-rw.blog.svc",
  administrator: { name: "grants", password: pulumi.secret(CANARY) },
  readOnlyRoles: ["reporting"],
  migrationRoles: ["migrator"],
};
const grants = (args: Partial<DatabaseGrantsArgs> = {}) =>
  build(() => void new DatabaseGrants("g", { ...USUAL, ...args }));

/** Each grant in SQL's words, in the order of their making. */
function told(registrations: readonly Registration[]): string[] {
  const made = registrations.filter(({ type }) => /:(Grant|DefaultPrivileges)$/.test(type));
  const ordered: Registration[] = [];
  while (ordered.length < made.length) {
    const next = made.find(
      (one) =>
        !ordered.includes(one) &&
        made.every(({ urn }) => !one.dependencies.includes(urn) || ordered.some((o) => o.urn === urn)),
    );
    ordered.push(next ?? assert.fail("the grants wait for each other"));
  }
  return ordered.map(({ inputs: { privileges, ...inputs } }) => {
    const { owner, role, schema, objectType } = inputs as Readonly<Record<string, string>>;
    const what = `${(privileges as string[]).join(",")} ON ${objectType} IN ${schema} TO ${role}`;
    return owner === undefined ? what : `${what} BY ${owner}`;
  });
}

describe("DatabaseGrants", () => {
  it("lets read-only roles read what is there and what will be, whoever makes it", async () => {
    assert.deepEqual(told(await grants({ migrationRoles: [] })), [
      "USAGE ON schema IN public TO reporting",
      "SELECT ON table IN public TO reporting BY app",
      "SELECT ON sequence IN public TO reporting BY app",
      "SELECT ON table IN public TO reporting",
      "SELECT ON sequence IN public TO reporting",
    ]);
    const byMigrator = told(await grants()).filter((text) => text.endsWith(" TO reporting BY migrator"));
    assert.deepEqual(byMigrator, [
      "SELECT ON table IN public TO reporting BY migrator",
      "SELECT ON sequence IN public TO reporting BY migrator",
    ]);
  });

  it("lets migration roles make objects, which the owner may read and write", async () => {
    assert.deepEqual(told(await grants({ readOnlyRoles: [], owner: "blog" })), [
      "DELETE,INSERT,SELECT,UPDATE ON table IN public TO blog BY migrator",
      "SELECT,UPDATE,USAGE ON sequence IN public TO blog BY migrator",
      "CREATE,USAGE ON schema IN public TO migrator",
    ]);
  });

  it("misses nothing that is made meanwhile: what will be comes before what is there, and before it can be", async () => {
    const all = told(await grants({ schemas: ["audit"], migrationRoles: ["migrator", "importer"] }));
    for (const schema of ["public", "audit"]) {
      const inSchema = all.filter((text) => text.includes(` IN ${schema} `));
      const lastFuture = (role: string) => inSchema.findLastIndex((text) => text.includes(` TO ${role} BY `));
      const present = inSchema.findIndex((text) => text.endsWith(` ON table IN ${schema} TO reporting`));
      assert.ok(lastFuture("reporting") < present, inSchema.join("\n"));
      for (const maker of ["migrator", "importer"]) {
        const futures = inSchema.findLastIndex((text) => text.endsWith(` TO app BY ${maker}`));
        const mayMake = inSchema.findIndex((text) =>
          text.endsWith(`CREATE,USAGE ON schema IN ${schema} TO ${maker}`),
        );
        assert.ok(futures >= 0 && futures < mayMake, inSchema.join("\n"));
      }
    }
  });

  it("makes schemas that belong to the owner before it grants in them, and the same in each", async () => {
    const registrations = await grants({ schemas: ["audit"], database: "blog", owner: "blog" });
    const schema = one(registrations, "Schema");
    assert.deepEqual(schema.inputs, { name: "audit", database: "blog", owner: "blog" });
    const [first] = every(registrations, "Grant");
    assert.ok(first?.dependencies.includes(schema.urn));
    const all = told(registrations);
    const inAudit = all.filter((text) => text.includes(" IN audit "));
    assert.deepEqual(
      inAudit.map((text) => text.replace(" IN audit ", " IN public ")),
      all.filter((text) => text.includes(" IN public ")),
    );
    const databases = registrations.flatMap(({ inputs }) => inputs["database"] ?? []);
    assert.deepEqual([...new Set(databases)], ["blog"]);
  });

  it("grants one after the other, as PostgreSQL takes no two at a table", async () => {
    const registrations = await grants({ schemas: ["audit"] });
    const made = registrations.filter(({ type }) => /:(Grant|DefaultPrivileges)$/.test(type));
    const urns = new Set(made.map(({ urn }) => urn));
    const after = made.map(({ dependencies }) => dependencies.filter((urn) => urns.has(urn)).length);
    assert.equal(after.filter((count) => count === 0).length, 1);
    assert.equal(after.filter((count) => count === 1).length, made.length - 1);
    assert.equal(
      new Set(made.flatMap(({ dependencies }) => dependencies.filter((urn) => urns.has(urn)))).size,
      made.length - 1,
    );
  });

  it("connects as no superuser, verified to the name, with a password that is secret", async () => {
    const registrations = await grants();
    const { inputs } = one(registrations, "pulumi:providers:postgresql");
    const { password, ...rest } = inputs;
    assert.deepEqual(rest, {
      host: "db-rw.blog.svc",
      port: "5432",
      database: "app",
      username: "grants",
      superuser: "false",
      sslmode: "verify-full",
      connectTimeout: "60",
    });
    assert.ok(password instanceof Secret);
    assert.equal(password.reveal(), CANARY);
    assert.ok(!JSON.stringify(registrations).includes(CANARY));
  });

  it("sends every grant through its own provider, and makes nothing else", async () => {
    const registrations = await grants({ schemas: ["audit"], migrationRoles: [] });
    const { urn } = one(registrations, "pulumi:providers:postgresql");
    const component = one(registrations, "DatabaseGrants");
    assert.equal(childrenOf(registrations, component).length, registrations.length - 1);
    const grantsAndSchemas = registrations.filter(({ type }) => type.startsWith("postgresql:"));
    assert.deepEqual(list(grantsAndSchemas.filter(({ provider }) => !provider.startsWith(urn))), []);
  });

  it("waits for what it is to wait for, and is gone before it", async () => {
    const registrations = await build(() => {
      const database = new PostgresCluster("db", ARGS);
      new DatabaseGrants("g", USUAL, { dependsOn: database });
    });
    const { dependencies } = one(registrations, "pulumi:providers:postgresql");
    assert.ok(dependencies.includes(one(registrations, "Cluster").urn));
  });

  const refused: readonly (readonly [args: Partial<DatabaseGrantsArgs>, message: string])[] = [
    [
      { readOnlyRoles: [], migrationRoles: [] },
      "there is nothing to grant: name schemas, readOnlyRoles or migrationRoles",
    ],
    [{ owner: "grants" }, "administrator.name is grants, which owns the database; declare a role of its own"],
    [
      { readOnlyRoles: ["Report-Reader"] },
      'a role is called "Report-Reader"; it must be lower-case letters, digits and underscores, 63 at most',
    ],
    [
      { schemas: ["a".repeat(64)] },
      `a schema is called "${"a".repeat(64)}"; it must be lower-case letters, digits and underscores, 63 at most`,
    ],
    [
      { migrationRoles: ["postgres"] },
      "role postgres belongs to PostgreSQL or its operator; name one of your own",
    ],
    [
      { readOnlyRoles: ["pg_monitor"] },
      "role pg_monitor belongs to PostgreSQL or its operator; name one of your own",
    ],
    [
      { readOnlyRoles: ["public"] },
      "role public belongs to PostgreSQL or its operator; name one of your own",
    ],
    [{ schemas: ["public"] }, "schema public belongs to PostgreSQL or its operator; name one of your own"],
    [{ schemas: ["pg_temp"] }, "schema pg_temp belongs to PostgreSQL or its operator; name one of your own"],
    [{ schemas: ["audit", "audit"] }, "schema audit is named twice"],
    [{ readOnlyRoles: ["migrator"] }, "role migrator is named twice"],
    [{ readOnlyRoles: ["app"] }, "role app is named twice"],
  ];
  for (const [args, message] of refused) {
    it(`refuses ${JSON.stringify(args).slice(0, 80)}`, async () => {
      await assert.rejects(grants(args), (error: Error) => {
        assert.ok(pulumi.ResourceError.isInstance(error));
        assert.equal(error.message, message);
        return true;
      });
    });
  }
});
