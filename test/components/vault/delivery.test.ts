import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { SecretDelivery, type SecretDeliveryArgs, type VaultSource } from "../../../components";
import type { Registration } from "../../../embedded/monitor";
import { hatch, Sweep } from "../../support/canaries";
import { at, build, childrenOf, dependenciesOf, every, one, outputsOf } from "../../support/program";

const vault: VaultSource = {
  address: "https://vault.example.com:8200",
  folder: "blog/test",
  roleName: "blog-test",
};
const ARGS: SecretDeliveryArgs = {
  namespace: "blog-test",
  secrets: { application: { "signing-secret": pulumi.secret("value") } },
  database: { secretName: "blog-db-app", host: "blog-db-rw.blog-test.svc" },
};
const OPERATOR = { method: "vault-secrets-operator", vault } as const;
const LOGINS = { ...OPERATOR, vault: { ...vault, credentialPath: "database/creds/blog-test" } } as const;
const EXTERNAL = { method: "external-secrets", vault } as const;
const WAIT = { "pulumi.com/waitFor": "condition=Ready" };

const delivery = (args: Partial<SecretDeliveryArgs> = {}) =>
  build(() => void new SecretDelivery("blog", { ...ARGS, ...args }));
const namesOf = async (args: Partial<SecretDeliveryArgs> = {}) =>
  (
    await outputsOf(() => {
      const { secretNames } = new SecretDelivery("blog", { ...ARGS, ...args });
      return { secretNames };
    })
  )["secretNames"];
const spec = (registrations: readonly Registration[], kind: string) =>
  one(registrations, kind).inputs["spec"];

describe("SecretDelivery", () => {
  it("tells which Secrets are to be mounted, and none of Pulumi's has the name of one that an operator writes", async () => {
    const own = { application: "blog-application", database: "blog-db-app" };
    const brought = { ...own, application: "blog-application-from-vault" };
    assert.deepEqual(await namesOf(), own);
    assert.deepEqual(await namesOf(OPERATOR), brought);
    assert.deepEqual(await namesOf(EXTERNAL), brought);
    assert.deepEqual(await namesOf(LOGINS), { ...brought, database: "blog-database" });
    assert.deepEqual(await namesOf({ database: { ...ARGS.database, host: "h", secretName: "s" } }), {
      ...own,
      database: "s",
    });
  });

  it("writes Secrets where there is no Vault, and asks for none", async () => {
    const registrations = await delivery();
    assert.deepEqual(childrenOf(registrations, one(registrations, "SecretDelivery")), [
      "kubernetes:core/v1:Secret blog-application",
    ]);
    assert.deepEqual(one(registrations, "Secret").inputs["metadata"], {
      name: "blog-application",
      namespace: "blog-test",
    });
  });

  it("keeps every value out of all that is plain, whoever brings it", async () => {
    const canaries = hatch();
    const sweep = new Sweep(canaries);
    const secrets = { application: { "signing-secret": pulumi.secret(canaries["stack secret"]) } };
    for (const how of [{}, OPERATOR, EXTERNAL, LOGINS]) {
      const registrations = await delivery({ ...how, secrets });
      assert.deepEqual(sweep.text(JSON.stringify(registrations), "registrations"), []);
      const kinds = ["Secret", "SecretV2"].flatMap((kind) => every(registrations, kind));
      assert.equal(kinds.length, 1, "one place must have it");
    }
  });
});

describe("SecretDelivery by the Vault Secrets Operator", () => {
  it("makes an account that no pod runs as, its access, and what the operator reads with", async () => {
    const registrations = await delivery(LOGINS);
    assert.deepEqual(childrenOf(registrations, one(registrations, "SecretDelivery")), [
      "kubernetes:core/v1:ServiceAccount blog-secrets",
      "kubernetes:secrets.hashicorp.com/v1beta1:VaultAuth blog",
      "kubernetes:secrets.hashicorp.com/v1beta1:VaultConnection blog",
      "kubernetes:secrets.hashicorp.com/v1beta1:VaultDynamicSecret blog-database",
      "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret blog-application",
      "stagewright:index:VaultAccess blog",
    ]);
    assert.equal(one(registrations, "ServiceAccount").inputs["automountServiceAccountToken"], false);
    const role = one(registrations, "AuthBackendRole").inputs;
    assert.deepEqual(
      [role["boundServiceAccountNames"], role["boundServiceAccountNamespaces"], role["audience"]],
      [["blog-secrets"], ["blog-test"], "vault"],
    );
    assert.match(
      String(one(registrations, "Policy").inputs["policy"]),
      /path "database\/creds\/blog-test" \{/,
    );
  });

  it("logs in with a token of ten minutes for Vault alone, over TLS that is verified", async () => {
    const registrations = await delivery({ ...OPERATOR, vault: { ...vault, caSecretName: "vault-ca" } });
    assert.deepEqual(spec(registrations, "VaultConnection"), {
      address: "https://vault.example.com:8200",
      skipTLSVerify: false,
      caCertSecretRef: "vault-ca",
    });
    assert.deepEqual(spec(registrations, "VaultAuth"), {
      vaultConnectionRef: "blog",
      method: "kubernetes",
      mount: "kubernetes",
      kubernetes: {
        role: "blog-test",
        serviceAccount: "blog-secrets",
        audiences: ["vault"],
        tokenExpirationSeconds: 600,
      },
    });
  });

  it("is waited for, and comes after the access that it needs", async () => {
    const registrations = await delivery(LOGINS);
    for (const kind of ["VaultConnection", "VaultAuth", "VaultStaticSecret", "VaultDynamicSecret"]) {
      const found = one(registrations, kind);
      assert.deepEqual(at(found.inputs["metadata"], "annotations"), WAIT, kind);
      const before = dependenciesOf(registrations, found);
      assert.ok(before.includes("vault:kubernetes/authBackendRole:AuthBackendRole blog"), kind);
      assert.ok(before.includes("vault:kv/secretV2:SecretV2 blog-application"), kind);
      assert.ok(before.includes("kubernetes:core/v1:ServiceAccount blog-secrets"), kind);
    }
  });

  it("brings a secret with Vault's own keys", async () => {
    assert.deepEqual(spec(await delivery(OPERATOR), "VaultStaticSecret"), {
      vaultAuthRef: "blog",
      type: "kv-v2",
      mount: "secret",
      path: "blog/test/application",
      refreshAfter: "30s",
      destination: {
        name: "blog-application-from-vault",
        create: true,
        overwrite: true,
        transformation: { excludeRaw: true },
      },
    });
  });

  it("brings a login with CloudNativePG's keys and nothing else, and renews its lease in time", async () => {
    const dynamic = spec(await delivery(LOGINS), "VaultDynamicSecret");
    assert.deepEqual(
      [at(dynamic, "mount"), at(dynamic, "path"), at(dynamic, "renewalPercent")],
      ["database", "creds/blog-test", 50],
    );
    assert.equal(at(dynamic, "allowStaticCreds"), undefined);
    assert.deepEqual(at(dynamic, "destination"), {
      name: "blog-database",
      create: true,
      overwrite: true,
      transformation: {
        excludeRaw: true,
        excludes: [".*"],
        templates: {
          uri: {
            text:
              'postgresql://{{ urlquery (get .Secrets "username") }}:{{ urlquery (get .Secrets "password") }}' +
              "@blog-db-rw.blog-test.svc:5432/app",
          },
          host: { text: "blog-db-rw.blog-test.svc" },
          port: { text: "5432" },
          dbname: { text: "app" },
          user: { text: '{{ get .Secrets "username" }}' },
          password: { text: '{{ get .Secrets "password" }}' },
        },
      },
    });
  });

  it("says so where the password of a login changes by itself, and finds mounts with slashes", async () => {
    const credentialPath = "teams/db/static-creds/blog";
    const fixed = spec(
      await delivery({ ...OPERATOR, vault: { ...vault, credentialPath } }),
      "VaultDynamicSecret",
    );
    assert.deepEqual(
      [at(fixed, "mount"), at(fixed, "path"), at(fixed, "allowStaticCreds")],
      ["teams/db", "static-creds/blog", true],
    );
  });

  it("restarts only what it is told to", async () => {
    const restartTargets = [{ kind: "Deployment", name: "blog" }];
    const told = await delivery({ ...LOGINS, restartTargets });
    for (const kind of ["VaultStaticSecret", "VaultDynamicSecret"]) {
      assert.deepEqual(at(spec(told, kind), "rolloutRestartTargets"), restartTargets);
      assert.equal(at(spec(await delivery(LOGINS), kind), "rolloutRestartTargets"), undefined);
    }
  });
});

describe("SecretDelivery by External Secrets", () => {
  it("reads the same folder with the same account, and keeps what it has while Vault is away", async () => {
    const registrations = await delivery({ ...EXTERNAL, vault: { ...vault, caSecretName: "vault-ca" } });
    assert.deepEqual(spec(registrations, "SecretStore"), {
      provider: {
        vault: {
          server: "https://vault.example.com:8200",
          path: "secret",
          version: "v2",
          caProvider: { type: "Secret", name: "vault-ca", key: "ca.crt" },
          auth: {
            kubernetes: {
              mountPath: "kubernetes",
              role: "blog-test",
              serviceAccountRef: { name: "blog-secrets", audiences: ["vault"] },
            },
          },
        },
      },
    });
    assert.deepEqual(spec(registrations, "ExternalSecret"), {
      refreshInterval: "30s",
      secretStoreRef: { kind: "SecretStore", name: "blog" },
      target: { name: "blog-application-from-vault", creationPolicy: "Owner", deletionPolicy: "Retain" },
      dataFrom: [{ extract: { key: "blog/test/application" } }],
    });
    for (const kind of ["SecretStore", "ExternalSecret"]) {
      assert.deepEqual(at(one(registrations, kind).inputs["metadata"], "annotations"), WAIT);
    }
  });
});

describe("SecretDelivery refuses", () => {
  const credentialPath = "database/creds/blog";
  const { database: _database, ...withoutDatabase } = ARGS;
  const refused: readonly (readonly [args: SecretDeliveryArgs, message: string])[] = [
    [
      { ...ARGS, method: "vault-secrets-operator" },
      "method is vault-secrets-operator, and vault is not given; it says where Vault is",
    ],
    [
      { ...ARGS, vault },
      "vault is given, and method is kubernetes, which reads none; choose another method, or leave vault out",
    ],
    [
      { ...ARGS, method: "agent" as never },
      "method is agent; it must be one of kubernetes, vault-secrets-operator, external-secrets",
    ],
    [
      { ...ARGS, ...EXTERNAL, vault: { ...vault, credentialPath } },
      "vault.credentialPath is given, and method is external-secrets: only vault-secrets-operator keeps the lease of a login",
    ],
    [
      { ...withoutDatabase, ...LOGINS },
      "vault.credentialPath is given, and database is not: where does it lead?",
    ],
    [
      { ...ARGS, ...OPERATOR, vault: { ...vault, credentialPath: "database/roles/blog" } },
      "vault.credentialPath is database/roles/blog; it must be MOUNT/creds/ROLE or MOUNT/static-creds/ROLE",
    ],
    [
      { ...ARGS, secrets: { database: {} } },
      "secrets.database is given, and database makes a secret of that name; choose another name",
    ],
    [
      { ...ARGS, restartTargets: [{ kind: "Deployment", name: "blog" }] },
      "restartTargets are given, and method is kubernetes: only vault-secrets-operator restarts anything",
    ],
    [
      { ...ARGS, ...OPERATOR, vault: { ...vault, tokenTtlSeconds: 7200 } },
      "tokenTtlSeconds is 7200; it must be a whole number from 60 to 3600, an hour",
    ],
  ];
  for (const [args, message] of refused) {
    it(message, async () => {
      await assert.rejects(
        build(() => void new SecretDelivery("blog", args)),
        (error: Error) => {
          assert.ok(pulumi.ResourceError.isInstance(error));
          assert.equal(error.message, message);
          return true;
        },
      );
    });
  }
});
