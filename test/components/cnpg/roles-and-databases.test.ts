import assert from "node:assert/strict";
import type { DatabaseSettings, RoleSettings } from "../../../components";
import { at, dependenciesOf, every, one } from "../../support/program";
import { database, refuses } from "./clusters";

const role = async (settings: RoleSettings) =>
  one(await database({ roles: [settings] }), "DatabaseRole").inputs;
const declared = async (settings: DatabaseSettings) =>
  one(await database({ databases: [settings] }), "Database").inputs;

describe("PostgresCluster's roles", () => {
  it("may do nothing that is not said, which false would not survive, are awaited, and outlive their declaration", async () => {
    const { metadata, spec } = await role({ name: "report_reader" });
    assert.equal(at(metadata, "name"), "db-role-report-reader");
    assert.deepEqual(at(metadata, "annotations"), {
      "pulumi.com/waitFor": "jsonpath={.status.applied}=true",
    });
    assert.deepEqual(spec, {
      cluster: { name: "db" },
      name: "report_reader",
      databaseRoleReclaimPolicy: "retain",
      login: true,
      inherit: true,
    });
  });

  it("take rights, limits and a password from their arguments", async () => {
    const { spec } = await role({
      name: "rotator",
      login: false,
      createrole: true,
      inRoles: ["pg_read_all_data"],
      connectionLimit: 0,
      passwordSecretName: "rotator",
      clientCertificate: true,
      comment: "changes passwords",
    });
    assert.deepEqual(spec, {
      cluster: { name: "db" },
      name: "rotator",
      databaseRoleReclaimPolicy: "retain",
      inherit: true,
      createrole: true,
      inRoles: ["pg_read_all_data"],
      connectionLimit: 0,
      passwordSecret: { name: "rotator" },
      clientCertificate: { enabled: true },
      comment: "changes passwords",
    });
  });
});

describe("PostgresCluster's databases", () => {
  it("belong to the application, are awaited, and outlive their declaration", async () => {
    const { metadata, spec } = await declared({ name: "reports" });
    assert.equal(at(metadata, "name"), "db-database-reports");
    assert.deepEqual(at(metadata, "annotations"), {
      "pulumi.com/waitFor": "jsonpath={.status.applied}=true",
    });
    assert.deepEqual(spec, {
      cluster: { name: "db" },
      name: "reports",
      owner: "app",
      databaseReclaimPolicy: "retain",
    });
  });

  it("have an owner and extensions where they are told, the application's own as well", async () => {
    const { spec } = await declared({ name: "app", owner: "rotator", extensions: ["pg_trgm", "uuid-ossp"] });
    assert.equal(at(spec, "owner"), "rotator");
    assert.deepEqual(at(spec, "extensions"), [
      { name: "pg_trgm", ensure: "present" },
      { name: "uuid-ossp", ensure: "present" },
    ]);
  });

  it("come after the roles that may own them, and both after the settled instances", async () => {
    const registrations = await database({ roles: [{ name: "owner" }], databases: [{ name: "reports" }] });
    const settled = "kubernetes:batch/v1:Job db-settled";
    const before = (kind: string) => dependenciesOf(registrations, one(registrations, kind));
    assert.ok(before("DatabaseRole").includes(settled));
    assert.ok(before("Database").includes(settled));
    assert.ok(before("Database").includes("kubernetes:postgresql.cnpg.io/v1:DatabaseRole db-role-owner"));
  });
});

describe("PostgresCluster refuses", () => {
  const form = "it must be lower-case letters, digits and underscores, 63 at most";
  for (const name of ["", "Reader", "read-only", "1st", "x".repeat(64)]) {
    it(`a role called ${JSON.stringify(name)}`, () =>
      refuses({ roles: [{ name }] }, `a role is called ${JSON.stringify(name)}; ${form}`));
    it(`a database called ${JSON.stringify(name)}`, () =>
      refuses({ databases: [{ name }] }, `a database is called ${JSON.stringify(name)}; ${form}`));
  }
  for (const name of ["postgres", "streaming_replica", "pg_monitor", "cnpg_pooler_pgbouncer"]) {
    it(`the role ${name}`, () =>
      refuses(
        { roles: [{ name }] },
        `role ${name} belongs to PostgreSQL or its operator; declare one of your own`,
      ));
  }
  for (const name of ["postgres", "template0", "template1"]) {
    it(`the database ${name}`, () =>
      refuses(
        { databases: [{ name }] },
        `database ${name} belongs to PostgreSQL or its operator; declare one of your own`,
      ));
  }
  it("the same name twice", async () => {
    await refuses({ roles: [{ name: "a" }, { name: "a" }] }, "a is declared twice");
    await refuses({ databases: [{ name: "b" }, { name: "b" }] }, "b is declared twice");
    assert.equal(
      every(await database({ roles: [{ name: "a" }], databases: [{ name: "a" }] }), "Database").length,
      1,
    );
  });
});
