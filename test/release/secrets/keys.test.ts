import assert from "node:assert/strict";
import { findSharedKeys, tryPassphrases } from "../../../release/secrets/keys";
import { opens } from "../../../release/secrets/passphrase";
import type { SecretsFile } from "../../../release/secrets/stack-files";
import { Passphrase } from "../../support/passphrase";

const file = (stack: string, more: Partial<SecretsFile>): SecretsFile => ({
  stack,
  file: `Pulumi.${stack}.yaml`,
  environment: stack,
  address: "passphrase",
  plain: [],
  ...more,
});
const nothing = { opened: [], empty: [] };
const shared = (a: Partial<SecretsFile>, b: Partial<SecretsFile>, opened: string[] = []) =>
  findSharedKeys([file("int", a), file("prod", b)], { opened, empty: [] }).map(({ what }) => what);

describe("a passphrase", () => {
  const words = new Passphrase("some words");
  it("opens what was closed with it", async () => assert.equal(await opens("some words", words.salt), true));
  it("opens nothing else", async () => assert.equal(await opens("other words", words.salt), false));
  for (const salt of ["", "v1:", "v2:a:v1:b:c", "v1:AAAA:v1:AAAA"]) {
    it(`opens no "${salt}"`, async () => assert.equal(await opens("some words", salt), false));
  }

  it("is tried at every stack that has one, and so is none at all", async () => {
    const files = [
      file("test", { encryptionSalt: words.salt }),
      file("int", { encryptionSalt: new Passphrase("").salt }),
      file("prod", { address: "hashivault://prod" }),
    ];
    assert.deepEqual(await tryPassphrases(files, "some words"), { opened: ["test"], empty: ["int"] });
    assert.deepEqual(await tryPassphrases(files, undefined), { opened: [], empty: ["int"] });
  });
});

describe("prod shares with the other environments", () => {
  it("no key of a key service", () =>
    assert.deepEqual(shared({ address: "awskms://k" }, { address: "awskms://k" }), [
      "stack prod (prod) and stack int (int) share the key awskms://k",
    ]));
  it("no encrypted key", () =>
    assert.deepEqual(
      shared({ address: "awskms://a", encryptedKey: "k" }, { address: "awskms://b", encryptedKey: "k" }),
      ["stack prod (prod) and stack int (int) share the encrypted key"],
    ));
  it("no salt", () =>
    assert.deepEqual(shared({ encryptionSalt: "s" }, { encryptionSalt: "s" }), [
      "stack prod (prod) and stack int (int) share the passphrase",
    ]));
  it("no passphrase, whatever the salts", () => {
    const [a, b] = [{ encryptionSalt: "a" }, { encryptionSalt: "b" }];
    assert.deepEqual(shared(a, b, ["int", "prod"]), [
      "stack prod (prod) and stack int (int) share the passphrase",
    ]);
    assert.deepEqual(shared(a, b, ["int"]), []);
    assert.deepEqual(shared(a, b), []);
  });
  it("the provider, where each has a key of its own", () => {
    assert.deepEqual(shared({ address: "hashivault://a" }, { address: "hashivault://b" }), []);
    assert.deepEqual(shared({ address: "default" }, { address: "default" }), []);
  });
  it("nothing, whatever its stacks are called", () => {
    const review = file("review-7", { environment: "test", address: "awskms://k" });
    const live = file("live", { environment: "prod", address: "awskms://k" });
    assert.deepEqual(findSharedKeys([review, live], nothing), [
      {
        file: "Pulumi.live.yaml",
        what: "stack live (prod) and stack review-7 (test) share the key awskms://k",
        command: "stagewright secrets rotate --stack live --to PROVIDER-OF-PROD-ALONE",
      },
    ]);
  });
  it("while test and int may share theirs", () => {
    const both = [file("test", { address: "awskms://k" }), file("int", { address: "awskms://k" })];
    assert.deepEqual(findSharedKeys(both, nothing), []);
  });
  it("and an empty passphrase is no key at all", () =>
    assert.deepEqual(
      findSharedKeys([file("test", {})], { opened: [], empty: ["test"] }).map(({ what }) => what),
      ["stack test is encrypted under an empty passphrase: whoever has the file can read it"],
    ));
});
