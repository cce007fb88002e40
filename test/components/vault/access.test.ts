import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { VaultAccess, type VaultAccessArgs } from "../../../components";
import { policyText } from "../../../components/vault/policy";
import { versionOf } from "../../../components/vault/write-only";
import { Secret } from "../../../embedded/monitor";
import { hatch, Sweep } from "../../support/canaries";
import { at, build, childrenOf, every, one, outputsOf } from "../../support/program";

const ARGS: VaultAccessArgs = {
  namespace: "blog-test",
  serviceAccount: "blog-secrets",
  audience: "vault",
  folder: "blog/test",
};
const access = (args: Partial<VaultAccessArgs> = {}) =>
  build(() => void new VaultAccess("blog", { ...ARGS, ...args }));
const role = async (args: Partial<VaultAccessArgs> = {}) => one(await access(args), "AuthBackendRole").inputs;
const policy = async (args: Partial<VaultAccessArgs> = {}) =>
  String(one(await access(args), "Policy").inputs["policy"]);
const pathsOf = (text: string) => [...text.matchAll(/path "([^"]+)"/g)].map(([, path]) => path);

const wildcard = (argument: string, path: string) =>
  `${argument}: ${JSON.stringify(path)} is no path; it must be words of letters, digits, dots, dashes and underscores, with / between them and no wildcard`;
const hour = (ttl: number) => `tokenTtlSeconds is ${ttl}; it must be a whole number from 60 to 3600, an hour`;

const version = async (values: Record<string, string>) => {
  const found = one(await access({ secrets: { application: pulumi.secret(values) } }), "SecretV2").inputs[
    "dataJsonWoVersion"
  ];
  return found instanceof Secret ? found.reveal() : found;
};

describe("VaultAccess", () => {
  it("makes a role, a policy and one secret for each name, and nothing else", async () => {
    const value = pulumi.secret("value");
    const secrets = { application: { key: value }, mail: { password: value } };
    const registrations = await access({ secrets });
    assert.deepEqual(childrenOf(registrations, one(registrations, "VaultAccess")), [
      "vault:index/policy:Policy blog",
      "vault:kubernetes/authBackendRole:AuthBackendRole blog",
      "vault:kv/secretV2:SecretV2 blog-application",
      "vault:kv/secretV2:SecretV2 blog-mail",
    ]);
  });

  it("lets in one ServiceAccount of one namespace with a token for one audience, for an hour at most", async () => {
    assert.deepEqual(await role(), {
      backend: "kubernetes",
      roleName: "blog",
      boundServiceAccountNames: ["blog-secrets"],
      boundServiceAccountNamespaces: ["blog-test"],
      audience: "vault",
      tokenPolicies: ["blog"],
      tokenNoDefaultPolicy: true,
      tokenTtl: 3600,
      tokenMaxTtl: 3600,
    });
  });

  it("lets a token live on while it is renewed where credentials would end with it", async () => {
    const inputs = await role({ credentialPaths: ["database/creds/blog"], tokenTtlSeconds: 600 });
    assert.deepEqual(
      [inputs["tokenTtl"], inputs["tokenPeriod"], inputs["tokenMaxTtl"]],
      [600, 600, undefined],
    );
  });

  it("allows to read the folder, to keep the token and to end it, and no more", async () => {
    assert.equal(
      await policy(),
      [
        'path "secret/data/blog/test/*" {',
        '  capabilities = ["read"]',
        "}",
        "",
        'path "auth/token/revoke-self" {',
        '  capabilities = ["update"]',
        "}",
        "",
        'path "auth/token/lookup-self" {',
        '  capabilities = ["read"]',
        "}",
        "",
        'path "auth/token/renew-self" {',
        '  capabilities = ["update"]',
        "}",
        "",
      ].join("\n"),
    );
  });

  it("allows credentials and the renewal of their leases, and not to revoke its token: they would go with it", async () => {
    const text = await policy({ kvMount: "kv", credentialPaths: ["database/creds/blog"] });
    assert.deepEqual(pathsOf(text), [
      "kv/data/blog/test/*",
      "database/creds/blog",
      "sys/leases/renew",
      "auth/token/lookup-self",
      "auth/token/renew-self",
    ]);
    assert.doesNotMatch(text, /"(create|delete|list|patch|sudo)"|revoke/);
  });

  it("hands values over as secret, to be written and never read back", async () => {
    const canaries = hatch();
    const value = canaries["Vault value"];
    const registrations = await access({
      secrets: { application: { "signing-secret": pulumi.secret(value) } },
    });
    const { inputs } = one(registrations, "SecretV2");
    const { dataJsonWo, dataJsonWoVersion, ...plain } = inputs;
    assert.deepEqual(plain, {
      mount: "secret",
      name: "blog/test/application",
      disableRead: true,
      deleteAllVersions: true,
    });
    assert.ok(dataJsonWo instanceof Secret && dataJsonWoVersion instanceof Secret);
    assert.deepEqual(JSON.parse(String(dataJsonWo.reveal())), { "signing-secret": value });
    assert.deepEqual(new Sweep(canaries).text(JSON.stringify(registrations), "registrations"), []);
  });

  it("writes a value when it has changed, and not when only the order has", async () => {
    const first = await version({ a: "1", b: "2" });
    assert.ok(Number.isSafeInteger(first) && Number(first) > 0);
    assert.equal(await version({ b: "2", a: "1" }), first);
    assert.notEqual(await version({ a: "1", b: "3" }), first);
  });

  it("gives out the names that others log in and are judged with", async () => {
    const outputs = await outputsOf(() => {
      const { roleName, policyName } = new VaultAccess("blog", { ...ARGS, roleName: "shop-blog" });
      return { roleName, policyName };
    });
    assert.deepEqual(outputs, { roleName: "shop-blog", policyName: "shop-blog" });
    assert.equal(every(await access({ roleName: "shop-blog" }), "AuthBackendRole").length, 1);
    assert.equal(at((await role({ roleName: "shop-blog" }))["tokenPolicies"], 0), "shop-blog");
  });

  const refused: readonly (readonly [args: Partial<VaultAccessArgs>, message: string])[] = [
    [{ tokenTtlSeconds: 3601 }, hour(3601)],
    [{ tokenTtlSeconds: 59 }, hour(59)],
    [{ tokenTtlSeconds: 90.5 }, hour(90.5)],
    [{ folder: "blog/*" }, wildcard("folder", "blog/*")],
    [{ folder: "" }, wildcard("folder", "")],
    [{ folder: "/blog" }, wildcard("folder", "/blog")],
    [{ folder: "blog/+/test" }, wildcard("folder", "blog/+/test")],
    [{ secrets: { "../other": {} } }, wildcard("secrets", "../other")],
    [{ credentialPaths: ["database/creds/*"] }, wildcard("credentialPaths", "database/creds/*")],
    [{ folder: 'x" {}\npath "*' }, wildcard("folder", 'x" {}\npath "*')],
  ];
  for (const [args, message] of refused) {
    it(`refuses ${JSON.stringify(args)}`, async () => {
      await assert.rejects(access(args), (error: Error) => {
        assert.ok(pulumi.ResourceError.isInstance(error));
        assert.equal(error.message, message);
        return true;
      });
    });
  }
});

describe("A write-only attribute's version", () => {
  it("says nothing of two places that hold the same value", () => {
    assert.notEqual(versionOf("secret/a", "same"), versionOf("secret/b", "same"));
    assert.equal(versionOf("secret/a", "same"), versionOf("secret/a", "same"));
  });
});

describe("A policy's text", () => {
  it("is Vault's own language, with everything in quotes", () => {
    assert.equal(
      policyText([{ path: 'a"b', capabilities: ["read", "list"] }]),
      'path "a\\"b" {\n  capabilities = ["read", "list"]\n}\n',
    );
  });
});
