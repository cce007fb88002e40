import assert from "node:assert/strict";
import { describeMistakes } from "../../environments/mistakes";
import { resolveStack } from "../../environments/resolve";

type Given = Readonly<Record<string, unknown>>;

const image = { repository: "registry.example.com/blog" };
const address = "https://vault.example.com:8200";
const resolve = (vault: Given, more: Given = {}) => resolveStack("test", { image, vault, ...more });

function settled(vault: Given) {
  const resolution = resolve(vault);
  if ("mistakes" in resolution) assert.fail(describeMistakes("test", resolution.mistakes));
  return resolution.stack;
}
/** What is wrong, without the headline. */
function mistakes(vault: Given, more?: Given): string {
  const resolution = resolve(vault, more);
  assert.ok("mistakes" in resolution);
  return describeMistakes("test", resolution.mistakes).split("\n\n").slice(1).join("\n\n");
}

describe("vault", () => {
  it("needs only an address: names come from the namespace, mounts are the usual ones", () => {
    const { delivery, logins, database } = settled({ address });
    assert.deepEqual(delivery, {
      method: "vault-secrets-operator",
      vault: {
        address,
        authMount: "kubernetes",
        kvMount: "secret",
        folder: "blog-test",
        roleName: "blog-test",
        audience: "vault",
        tokenTtlSeconds: 3600,
      },
    });
    assert.deepEqual([logins, database.roleAdministrator], [undefined, undefined]);
  });

  it("lets Vault make the logins where it is told to, and lets it in at the database", () => {
    const { delivery, logins, database } = settled({ address, database: {} });
    assert.equal(delivery.vault?.credentialPath, "database/creds/blog-test");
    assert.deepEqual(logins, {
      connection: "blog-test",
      mount: "database",
      dynamicRoles: [{ name: "blog-test", leaseSeconds: 3600, longestSeconds: 86_400 }],
      administrator: "vault_admin",
      owner: "app",
      namespace: "vault",
    });
    assert.deepEqual(database.roleAdministrator, { name: "vault_admin", namespace: "vault" });
  });

  it("takes every name from where it is told", () => {
    const { delivery, logins } = settled({
      address,
      caSecretName: "vault-ca",
      delivery: "vault-secrets-operator",
      namespace: "secrets",
      authMount: "clusters/test",
      kvMount: "teams/blog",
      folder: "blog/test",
      role: "blog",
      audience: "https://vault.example.com",
      tokenTtlSeconds: 600,
      database: { mount: "teams/db", leaseSeconds: 300, longestSeconds: 600 },
    });
    assert.deepEqual(delivery.vault, {
      address,
      caSecretName: "vault-ca",
      authMount: "clusters/test",
      kvMount: "teams/blog",
      folder: "blog/test",
      roleName: "blog",
      audience: "https://vault.example.com",
      tokenTtlSeconds: 600,
      credentialPath: "teams/db/creds/blog",
    });
    assert.deepEqual(logins, {
      mount: "teams/db",
      connection: "blog",
      dynamicRoles: [{ name: "blog", leaseSeconds: 300, longestSeconds: 600 }],
      administrator: "vault_admin",
      owner: "app",
      namespace: "secrets",
    });
  });

  const refused: readonly (readonly [title: string, vault: Given, more: Given, text: string])[] = [
    [
      "without an address, with a token that lives too long and a key that is not known",
      { tokenTtlSeconds: 7200, kvmount: "kv" },
      {},
      `  vault.address
    found     nothing
    expected  an address without a path, such as https://vault.example.com:8200
    mend      pulumi config set --stack test --path vault.address https://vault.example.com:8200

  vault.tokenTtlSeconds
    found     7200
    expected  a whole number from 60 to 3600
    mend      pulumi config set --stack test --path vault.tokenTtlSeconds 3600

  vault.kvmount
    found     a key that is not known
    expected  kvMount (did you mean that?), or one of address, caSecretName, delivery, namespace, authMount, kvMount, folder, role, audience, tokenTtlSeconds, database
    mend      pulumi config rm --stack test --path vault.kvmount`,
    ],
    [
      "with a path for an address, a wildcard for a folder, and somebody unknown who delivers",
      { address: `${address}/v1`, folder: "blog/*", delivery: "agent" },
      {},
      `  vault.address
    found     "https://vault.example.com:8200/v1"
    expected  an address without a path, such as https://vault.example.com:8200
    mend      pulumi config set --stack test --path vault.address https://vault.example.com:8200

  vault.delivery
    found     "agent"
    expected  vault-secrets-operator or external-secrets
    mend      pulumi config set --stack test --path vault.delivery vault-secrets-operator

  vault.folder
    found     "blog/*"
    expected  words of letters, digits, dots, dashes and underscores, with / between them
    mend      pulumi config set --stack test --path vault.folder blog/prod`,
    ],
    [
      "with logins that External Secrets could not keep, and lifetimes that end before they begin",
      { address, delivery: "external-secrets", database: { longestSeconds: 600 } },
      {},
      `  vault.database
    found     a mapping with longestSeconds
    expected  nothing, as vault.delivery is external-secrets, which keeps no lease of a login
    mend      pulumi config rm --stack test --path vault.database

  vault.database.longestSeconds
    found     600
    expected  at least vault.database.leaseSeconds, which is 3600
    mend      pulumi config set --stack test --path vault.database.longestSeconds 3600`,
    ],
    [
      "with logins at a database that follows another one",
      { address, database: {} },
      {
        database: {
          backup: { destination: "s3://backups/blog", identity: {} },
          replica: { self: "south", primary: "north", source: { name: "north" } },
        },
      },
      `  vault.database
    found     a mapping with no keys
    expected  nothing, as database.replica is given: a database that follows takes no logins
    mend      pulumi config rm --stack test --path vault.database`,
    ],
    [
      "with an authority that nothing is verified with",
      { address: "http://vault:8200", caSecretName: "vault-ca" },
      {},
      `  vault.caSecretName
    found     "vault-ca"
    expected  nothing, as vault.address has no https that could be verified
    mend      pulumi config rm --stack test --path vault.caSecretName`,
    ],
    [
      "over plain http in prod",
      { address: "http://vault:8200" },
      {
        environment: "prod",
        image: { ...image, digest: `sha256:${"a".repeat(64)}` },
        application: { host: "blog.example.com" },
        gateway: { name: "public", namespace: "gateway" },
        kubernetes: { context: "production" },
      },
      `  vault.address
    found     "http://vault:8200"
    expected  an address with https, as environment prod shows it tokens
    mend      pulumi config set --stack test --path vault.address https://vault:8200`,
    ],
  ];
  for (const [title, vault, more, text] of refused) {
    it(`is refused ${title}`, () => assert.equal(mistakes(vault, more), text));
  }
});
