import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  PostgresCluster,
  type PostgresClusterArgs,
  VaultDatabase,
  type VaultDatabaseArgs,
} from "../../../components";
import { dynamicStatements } from "../../../components/vault/database-statements";
import { Secret } from "../../../embedded/monitor";
import { hatch, Sweep } from "../../support/canaries";
import { at, build, childrenOf, every, one, outputsOf, run } from "../../support/program";
import { ARGS as CLUSTER, database as cluster, refuses } from "../cnpg/clusters";

const ARGS: VaultDatabaseArgs = {
  host: "blog-db-rw.blog.svc",
  certificateAuthority: "-----BEGIN CERTIFICATE-----",
  administratorPassword: pulumi.secret("administrator's"),
  dynamicRoles: [{ name: "blog" }],
};
const database = (args: Partial<VaultDatabaseArgs> = {}) =>
  build(() => void new VaultDatabase("blog", { ...ARGS, ...args }));

describe("VaultDatabase", () => {
  it("makes a connection and one role for each login, and nothing else", async () => {
    const registrations = await database({ staticRoles: [{ name: "report", username: "report" }] });
    assert.deepEqual(childrenOf(registrations, one(registrations, "VaultDatabase")), [
      "vault:database/secretBackendConnection:SecretBackendConnection blog",
      "vault:database/secretBackendRole:SecretBackendRole blog-blog",
      "vault:database/secretBackendStaticRole:SecretBackendStaticRole blog-report",
    ]);
  });

  it("connects to the primary over TLS that is verified, as the administrator, and at once", async () => {
    const { inputs } = one(await database({ port: 5433, database: "shop" }), "SecretBackendConnection");
    const { postgresql, ...rest } = inputs;
    assert.deepEqual(rest, {
      backend: "database",
      name: "blog",
      allowedRoles: ["blog"],
      verifyConnection: true,
    });
    const { passwordWo, passwordWoVersion, ...plain } = postgresql as Record<string, unknown>;
    assert.deepEqual(plain, {
      connectionUrl:
        "postgresql://{{username}}:{{password}}@blog-db-rw.blog.svc:5433/shop?sslmode=verify-full",
      username: "vault_admin",
      passwordAuthentication: "scram-sha-256",
      tlsCa: "-----BEGIN CERTIFICATE-----",
      maxConnectionLifetime: 60,
    });
    assert.ok(passwordWo instanceof Secret && passwordWoVersion instanceof Secret);
    assert.equal(passwordWo.reveal(), "administrator's");
  });

  it("keeps the administrator's password out of all that is plain", async () => {
    const canaries = hatch();
    const password = canaries["database password"];
    const registrations = await database({ administratorPassword: pulumi.secret(password) });
    assert.deepEqual(new Sweep(canaries).text(JSON.stringify(registrations), "registrations"), []);
  });

  it("connects by the name that is said, and its logins by that connection", async () => {
    const registrations = await database({ connection: "blog-test" });
    assert.equal(one(registrations, "SecretBackendConnection").inputs["name"], "blog-test");
    assert.equal(one(registrations, "SecretBackendRole").inputs["dbName"], "blog-test");
  });

  it("lets a login live for an hour, renewed for a day", async () => {
    const { inputs } = one(await database(), "SecretBackendRole");
    assert.deepEqual([inputs["defaultTtl"], inputs["maxTtl"]], [3600, 86_400]);
    assert.equal(inputs["dbName"], "blog");
  });

  it("makes logins that act as the owner, and removes them with their sessions", async () => {
    const { inputs } = one(await database({ owner: "shop" }), "SecretBackendRole");
    assert.deepEqual(inputs["creationStatements"], [
      `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE "shop"`,
      `ALTER ROLE "{{name}}" SET role = 'shop'`,
    ]);
    assert.deepEqual(inputs["renewStatements"], [`ALTER ROLE "{{name}}" VALID UNTIL '{{expiration}}'`]);
    const revocation = String(at(inputs["revocationStatements"], 0));
    const order = ["NOLOGIN", "GRANT", "pg_terminate_backend", "REASSIGN OWNED", "DROP OWNED", "DROP ROLE"];
    const places = order.map((words) => revocation.indexOf(words));
    assert.ok(!places.includes(-1));
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
    );
  });

  it("changes the password of a login that stays, once a day or as told", async () => {
    const { inputs } = one(
      await database({ staticRoles: [{ name: "report", username: "reporter", rotationSeconds: 300 }] }),
      "SecretBackendStaticRole",
    );
    assert.deepEqual(inputs, {
      backend: "database",
      name: "report",
      dbName: "blog",
      username: "reporter",
      rotationPeriod: 300,
      rotationStatements: [
        `ALTER ROLE "{{name}}" WITH PASSWORD '{{password}}'`,
        `ALTER ROLE "{{name}}" SET role = 'app'`,
      ],
    });
  });

  it("gives out where the credentials are", async () => {
    const staticRoles = [{ name: "report", username: "report" }];
    const outputs = await outputsOf(() => {
      const { credentialPaths } = new VaultDatabase("blog", { ...ARGS, mount: "db", staticRoles });
      return { credentialPaths };
    });
    assert.deepEqual(outputs, { credentialPaths: ["db/creds/blog", "db/static-creds/report"] });
  });

  it("quotes whatever an owner is called", () => {
    const { creation } = dynamicStatements(`o'w"n`);
    assert.match(creation[0] ?? "", /IN ROLE "o'w""n"$/);
    assert.match(creation[1] ?? "", /SET role = 'o''w"n'$/);
  });

  const both =
    "static role report lets Vault change the password of report, and role report of the PostgresCluster has a " +
    "passwordSecretName, which CloudNativePG sets its password from; leave passwordSecretName out";
  it("reads authority and password from the cluster's Secrets where it is told so", async () => {
    const { certificateAuthority: _none, administratorPassword: _neither, ...args } = ARGS;
    const registrations = await build(
      () =>
        void new VaultDatabase("blog", {
          ...args,
          certificateAuthoritySecretId: "blog/db-ca",
          administratorSecretId: "blog/db-administrator",
        }),
    );
    const { postgresql } = one(registrations, "SecretBackendConnection").inputs;
    // What they hold is known to a cluster alone; what counts is that both are handed over.
    for (const key of ["tlsCa", "passwordWo", "passwordWoVersion"]) {
      assert.notEqual(at(postgresql, key), undefined, key);
    }
  });

  const refused: readonly (readonly [args: Partial<VaultDatabaseArgs>, message: string])[] = [
    [
      {
        staticRoles: [{ name: "report", username: "report" }],
        clusterRoles: [{ name: "report", passwordSecretName: "report" }],
      },
      both,
    ],
    [
      { staticRoles: [{ name: "main", username: "app" }] },
      "static role main lets Vault change the password of app, and CloudNativePG keeps that of the owner app itself; declare another role that is a member of app",
    ],
    [
      { staticRoles: [{ name: "self", username: "vault_admin" }] },
      "static role self lets Vault change the password of vault_admin, and Vault connects as administrator vault_admin; declare another role",
    ],
    [
      { certificateAuthoritySecretId: "blog/db-ca" },
      "exactly one of certificateAuthority and certificateAuthoritySecretId must be given",
    ],
    [
      { administratorSecretId: "blog/db-administrator" },
      "exactly one of administratorPassword and administratorSecretId must be given",
    ],
    [{ dynamicRoles: [] }, "neither dynamicRoles nor staticRoles is given; Vault would make no login"],
    [{ staticRoles: [{ name: "blog", username: "report" }] }, "the role blog is declared twice"],
    [
      { dynamicRoles: [{ name: "a/b" }] },
      'a role is called "a/b"; it must be letters, digits, dashes and underscores',
    ],
    [
      { administrator: "postgres" },
      "administrator is postgres; it must be a role of its own that is no superuser",
    ],
    [
      { dynamicRoles: [{ name: "blog", leaseSeconds: 5 }] },
      "leaseSeconds of role blog is 5; it must be a whole number of at least 30",
    ],
    [
      { dynamicRoles: [{ name: "blog", leaseSeconds: 600, longestSeconds: 60 }] },
      "longestSeconds of role blog is 60; it must be a whole number of at least leaseSeconds, 600",
    ],
    [
      { staticRoles: [{ name: "report", username: "report", rotationSeconds: 1 }] },
      "rotationSeconds of role report is 1; it must be a whole number of at least 30",
    ],
  ];
  for (const [args, message] of refused) {
    it(`refuses ${JSON.stringify(args)}`, async () => {
      await assert.rejects(database(args), (error: Error) => {
        assert.ok(pulumi.ResourceError.isInstance(error));
        assert.equal(error.message, message);
        return true;
      });
    });
  }

  it("takes a static role that the cluster declares without a password", async () => {
    const roles = [{ name: "report", inRoles: ["app"] }];
    await database({ staticRoles: [{ name: "report", username: "report" }], clusterRoles: roles });
  });
});

const initdb = async (args: Partial<PostgresClusterArgs>) =>
  at(one(await cluster(args), "Cluster").inputs["spec"], "bootstrap", "initdb", "postInitSQL");

const ingress = async (args: Partial<PostgresClusterArgs>) =>
  JSON.stringify(at(one(await cluster(args), "NetworkPolicy", "db").inputs["spec"], "ingress"));

describe("PostgresCluster for Vault", () => {
  const roleAdministrator = { namespace: "vault" };

  it("declares an administrator that makes logins, and is no superuser", async () => {
    const { spec } = one(await cluster({ roleAdministrator }), "DatabaseRole").inputs;
    assert.deepEqual(spec, {
      cluster: { name: "db" },
      name: "vault_admin",
      databaseRoleReclaimPolicy: "retain",
      login: true,
      inherit: true,
      createrole: true,
      inRoles: ["app"],
      passwordSecret: { name: "db-administrator" },
      comment: "makes logins",
    });
  });

  it("lets it pass the application's role on, from the making of the cluster on", async () => {
    assert.deepEqual(await initdb({ roleAdministrator, database: 'my "shop"' }), [
      'CREATE ROLE "vault_admin"',
      'GRANT "my ""shop""" TO "vault_admin" WITH ADMIN OPTION',
    ]);
    assert.equal(await initdb({ roles: [{ name: "reader" }] }), undefined);
  });

  it("lets it change the passwords that it is told to, which PostgreSQL would refuse for other roles", async () => {
    const registrations = await cluster({
      roleAdministrator: { ...roleAdministrator, passwordsOf: ["report"] },
      roles: [{ name: "report", inRoles: ["app"] }],
    });
    assert.deepEqual(at(one(registrations, "Cluster").inputs["spec"], "bootstrap", "initdb", "postInitSQL"), [
      'CREATE ROLE "vault_admin"',
      'GRANT "app" TO "vault_admin" WITH ADMIN OPTION',
      'CREATE ROLE "report"',
      'GRANT "report" TO "vault_admin" WITH ADMIN OPTION',
    ]);
    const specs = every(registrations, "DatabaseRole").map(({ inputs }) => inputs["spec"]);
    const named = (name: string) => specs.find((spec) => at(spec, "name") === name);
    assert.deepEqual(at(named("vault_admin"), "inRoles"), ["app", "report"]);
    assert.equal(at(named("report"), "passwordSecret"), undefined);
  });

  it("refuses passwords of a role that is not declared, or that has one from the operator", async () => {
    const passwordsOf = ["report"];
    await refuses(
      { roleAdministrator: { ...roleAdministrator, passwordsOf } },
      "roleAdministrator.passwordsOf names report, and roles declares none of that name; declare it",
    );
    await refuses(
      {
        roleAdministrator: { ...roleAdministrator, passwordsOf },
        roles: [{ name: "report", passwordSecretName: "report" }],
      },
      "roleAdministrator.passwordsOf names report, and role report has a passwordSecretName, which the operator sets its password from; leave passwordSecretName out",
    );
  });

  it("makes a password once, keeps it in a Secret, and gives out where that is", async () => {
    const { registrations, outputs } = await run(() => {
      const { administratorSecretId } = new PostgresCluster("db", { ...CLUSTER, roleAdministrator });
      return { administratorSecretId };
    });
    assert.equal(outputs["administratorSecretId"], "db-administrator-id");
    const { inputs, ignoreChanges } = one(registrations, "Secret");
    assert.equal(inputs["type"], "kubernetes.io/basic-auth");
    assert.deepEqual(ignoreChanges, ["data"]);
    assert.ok(inputs["data"] instanceof Secret);
    const data = inputs["data"].reveal() as Record<string, string>;
    const [username, password] = ["username", "password"].map((key) =>
      Buffer.from(data[key] ?? "", "base64").toString(),
    );
    assert.equal(username, "vault_admin");
    assert.match(password ?? "", /^[0-9a-f]{48}$/);
  });

  it("lets the pods of Vault's namespace connect, and nobody else's", async () => {
    const vault = '"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"vault"}}';
    assert.ok((await ingress({ roleAdministrator })).includes(vault));
    assert.ok(!(await ingress({})).includes(vault));
  });

  it("refuses an administrator that is declared as a role as well", () =>
    refuses({ roleAdministrator, roles: [{ name: "vault_admin" }] }, "vault_admin is declared twice"));

  it("names the Secret with its authority for programs that read it", async () => {
    const { authority } = await outputsOf(() => {
      const { certificateAuthoritySecretId } = new PostgresCluster("db", CLUSTER);
      return { authority: certificateAuthoritySecretId };
    });
    assert.equal(authority, "blog/db-ca");
  });
});
