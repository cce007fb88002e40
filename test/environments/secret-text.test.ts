import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { findSecretText, isStandIn, looksSecret } from "../../environments/secret-text";

// Put together here, so that nothing in this file looks like what it is to find.
const hex = (digits: number) => "0123456789abcdef".repeat(8).slice(0, digits);
const mixed = (letters: number) => "aB3dE5gH7jK9mN2pQ4".repeat(8).slice(0, letters);
const made = (...parts: string[]) => parts.join("");
const header = (kind: string) => ["-----BEGIN", kind, "KEY-----"].join(" ");

const SECRETS: readonly (readonly [what: string, text: string])[] = [
  ["a Pulumi token", `pul-${hex(40)}`],
  ["a Vault token", `hvs.${mixed(30)}`],
  ["a GitHub token", `ghp_${mixed(36)}`],
  ["a GitLab token", `glpat-${mixed(20)}`],
  ["an AWS access key", `AKIA${made("ABCDEFGH", "23456723")}`],
  ["a Google key", `AIza${mixed(35)}`],
  ["a Slack token", `xoxb-${mixed(24)}`],
  ["an npm token", `npm_${mixed(36)}`],
  ["a PyPI token", `pypi-AgEI${mixed(60)}`],
  ["a Docker Hub token", `dckr_pat_${mixed(24)}`],
  ["a SonarQube token", `sqp_${hex(40)}`],
  ["a Stripe key", `sk_live_${mixed(24)}`],
  ["a SendGrid key", `SG.${mixed(22)}.${mixed(22)}`],
  ["an age key", `AGE-SECRET-KEY-1${"0A9Z".repeat(15).slice(0, 58)}`],
  ["a signed token (JWT)", `eyJ${mixed(12)}.eyJ${mixed(12)}.${mixed(12)}`],
  ["a private key", `${header("RSA PRIVATE")}\n${mixed(40)}`],
  ["a private key", `"${header("PRIVATE")}\\n${mixed(40)}\\n"`],
  ["a private key", `${header("EC PRIVATE")}\nProc-Type: 4,ENCRYPTED\n\n${mixed(40)}`],
  ["a password in a URL", made("postgres://app:hunter", "2xx@db.example.com/app")],
  ["a password in a URL", made("redis://:s3cret", "word@cache:6379")],
  ["a value that is named like a secret, DB_PASSWORD", `DB_PASSWORD=${made("tr0u", "b4dor")}`],
  ["a value that is named like a secret, apiKey", `const apiKey = "${made("k3y-of-", "9-lives")}";`],
  ["a value that is named like a secret, client-secret", `client-secret: '${made("q1w2", "e3r4")}'`],
  ["a value that is named like a secret, token", `{"token":"${made("ab12c", "d34ef")}"}`],
  ["a value that is named like a secret, password", `password => "${made("p4ss$w", "0rd(9)")}",`],
  ["a random string", `x: ${made("Zk3vQ9xT7mB2", "nL5wR8cD1fG4")}`],
];

const HARMLESS: readonly string[] = [
  "password: ${DB_PASSWORD}",
  "password: {{ .Values.password1 }}",
  "PASSWORD=<your-passw0rd>",
  "PASSWORD=PASSWORD",
  "token = readToken1(file)",
  "const token = process.env.TOKEN_2;",
  "secret: stagewright.secret.v1",
  "passphrase: the words of 3 people",
  "passwordFile: /run/secrets/db1/password",
  "postgres://USER:PASSWORD@host/db",
  "https://user:${TOKEN}@example.com",
  "https://example.com:8443/path@v1",
  `digest: sha256:${hex(64)}`,
  `"integrity": "sha512-${mixed(86)}=="`,
  `secure: v1:${mixed(16)}:${mixed(60)}`,
  `encryptionsalt: v1:${mixed(12)}:v1:${mixed(16)}:${mixed(40)}`,
  `${["-----BEGIN", "CERTIFICATE-----"].join(" ")}\n${mixed(64)}\n${mixed(64)}`,
  `ssh-ed25519 ${mixed(68)}`,
  "a program that speaks of -----BEGIN PRIVATE KEY----- alone",
  "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
  "listNamespacedCustomObjectWithHttpInfoV1Beta2Response",
  "components/manifests/network-policies/V1beta1/Example2",
  "passwordWoVersion: 20240117",
  "token: v1.30.4-rc.2",
];

describe("a text with a secret", () => {
  for (const [what, text] of SECRETS) {
    it(`is found: ${what}, as ${text.slice(0, 14)}…`, () => {
      assert.deepEqual(
        findSecretText(`first line\n  ${text}\nlast`).map(({ line, what: found }) => [line, found]),
        [[2, what]],
      );
    });
  }

  it("is found wherever a generator's string stands, and its value is never part of the answer", () => {
    const letters = fc.constantFrom(..."abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789".split(""));
    const near = fc.string({ unit: fc.constantFrom(" ", "\n", '"', "(", ",", "ü"), maxLength: 20 });
    let missed = 0;
    fc.assert(
      fc.property(fc.array(letters, { minLength: 40, maxLength: 40 }), near, near, (value, before, after) => {
        const found = findSecretText(`${before}"${value.join("")}"${after}`);
        if (found.length === 0) missed++;
        assert.doesNotMatch(JSON.stringify(found), new RegExp(value.join("")));
      }),
      { numRuns: 300, seed: 5 },
    );
    assert.ok(missed <= 12, `${missed} of 300 missed`);
  });

  it("is passed over where its line says why, and there alone", () => {
    const line = `DB_PASSWORD=${made("tr0u", "b4dor")}`;
    assert.deepEqual(
      findSecretText(`${line} # not a secret: a sample\n${line}\n${line} # not a secret:`).map(
        (at) => at.line,
      ),
      [2, 3],
    );
  });
});

describe("a text without one", () => {
  for (const text of HARMLESS) {
    it(`is left alone: ${text.slice(0, 50).replaceAll("\n", " ")}`, () =>
      assert.deepEqual(findSecretText(text), []));
  }

  it("is left alone however long it is, in time", () => {
    const began = process.cpuUsage();
    assert.equal(looksSecret("password".repeat(40_000)), false);
    assert.equal(looksSecret("://".repeat(40_000)), false);
    assert.equal(looksSecret("a-b_".repeat(100_000)), false);
    const binary = randomBytes(200_000).toString("latin1");
    findSecretText(binary);
    // Time of the processor: a busy machine takes longer, and is not what is asked.
    const { user } = process.cpuUsage(began);
    assert.ok(user < 2_000_000, `${user} µs`);
  });
});

describe("a stand-in", () => {
  for (const value of [
    "${X}",
    "$TOKEN",
    "<password>",
    "changes…",
    "PASSWORD",
    "your-password",
    "****",
    "xxxx",
  ]) {
    it(`is ${value}`, () => assert.equal(isStandIn(value), true));
  }
  for (const value of ["tr0ub4dor", "correct horse", "pa$$word1"]) {
    it(`is not ${value}`, () => assert.equal(isStandIn(value), false));
  }
});
