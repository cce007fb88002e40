import assert from "node:assert/strict";
import { checkAuthority } from "../../release/vault-authority";
import { resolveStack } from "../../environments/resolve";
import type { DeclaredStack } from "../../release/stack";
import { type Answer, Loopback } from "../support/loopback";
import { fakePrograms, type Programs } from "../support/programs";

const OLD = `-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUTtEYjFHIDxoZWIZ3ZmcrAPK4Ll4wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHYmxvZy1kYjAeFw0yNjExMjgyMTQxNDFaFw0yNzAyMjYyMTQx
NDFaMBIxEDAOBgNVBAMMB2Jsb2ctZGIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASF96DAtLQ0lxctrLd9Ya7Ls8DKy6pSiebUMh0F+CfjnAORk9pTiY2gge6RXhkW
Fm+B+i5X1HsGxdVvSCifHEuWo1MwUTAdBgNVHQ4EFgQU9T5loGLEGYhrwaaMqvzy
v2fI+gIwHwYDVR0jBBgwFoAU9T5loGLEGYhrwaaMqvzyv2fI+gIwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBVOS8yHcUF7iCHPIAoPYwKTtMrKQdp
zAng2ZJ47S+AfQIhAIm422vl/zSpfrTGF/WIgoqFrY9T7Ap/F3UhXf9fSdpm
-----END CERTIFICATE-----
`;
const NEW = OLD.replace("MIIBeTCC", "MIIBeUDD");
const PART = "database's authority in Vault";
const ENDS = { part: PART, ok: true, found: "ends 2027-02-26T21:41:41.000Z" };

const look = () => {
  const image = { repository: "registry.example.com/blog" };
  const resolution = resolveStack("test", {
    image,
    vault: { address: "https://vault:8200", database: {} },
  });
  assert.ok("stack" in resolution);
  return checkAuthority({ name: "test", settings: resolution.stack, client: {} } as DeclaredStack);
};

describe("the check of the authority that Vault verifies the database with", () => {
  const { VAULT_ADDR, VAULT_TOKEN } = process.env;
  const server = new Loopback();
  let address = "";
  let answer: Answer;
  let programs: Programs;

  before(async () => {
    address = await server.start(({ path }) =>
      path === "/v1/database/config/blog-test" ? answer : { status: 404 },
    );
  });
  after(() => server.stop());
  beforeEach(() => {
    Object.assign(process.env, { VAULT_ADDR: address, VAULT_TOKEN: "token" });
    answer = { status: 200, body: { data: { connection_details: { tls_ca: OLD } } } };
    programs = fakePrograms();
    cluster(OLD);
  });
  afterEach(() => {
    programs.remove();
    delete process.env["VAULT_ADDR"];
    delete process.env["VAULT_TOKEN"];
    Object.assign(process.env, {
      ...(VAULT_ADDR === undefined ? {} : { VAULT_ADDR }),
      ...(VAULT_TOKEN === undefined ? {} : { VAULT_TOKEN }),
    });
  });

  /** A cluster with the stack's database, whose certificates are signed by this one. */
  function cluster(authority: string | undefined): void {
    programs.answer("kubectl", {
      "get clusters": JSON.stringify({ items: [{ metadata: { name: "blog-db", namespace: "blog-test" } }] }),
      "get secret blog-db-ca --namespace blog-test --output jsonpath={.data.ca\\.crt}":
        authority && Buffer.from(authority).toString("base64"),
    });
  }
  it("says when that ends", async () => {
    assert.deepEqual(await look(), ENDS);
  });

  it("advises an up once the database has a newer one, and stands in the way of none", async () => {
    cluster(NEW);
    const text =
      "the database has a newer one, and when Vault's has ended it makes, renews and ends no login";
    assert.deepEqual(await look(), { ...ENDS, advice: { text, command: "stagewright up --stack test" } });
  });

  const unknown: readonly (readonly [title: string, make: () => void, found: string])[] = [
    ["the cluster has no database yet", () => programs.write("kubectl", "exit 1"), "not deployed yet"],
    ["the cluster does not tell its own", () => cluster(undefined), "cannot be read"],
    ["Vault has no connection yet", () => (answer = { status: 404 }), "cannot be read"],
    ["Vault breaks off", () => (answer = undefined), "cannot be read"],
    ["nobody may ask Vault", () => delete process.env["VAULT_TOKEN"], "cannot be read"],
  ];
  for (const [title, make, found] of unknown) {
    it(`says so where ${title}, and stands in the way of nothing`, async () => {
      make();
      assert.deepEqual(await look(), { part: PART, ok: true, found });
    });
  }
});
