import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import {
  findPlainSecrets,
  isEncrypted,
  isMapping,
  LEFT_OUT,
  ownValues,
  readStackFile,
  withoutSecrets,
} from "../../environments/stack-file";

const secure = (text: string) => ({ secure: text });

describe("a stack's file", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stack-file-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (content: string) => {
    writeFileSync(join(folder, "Pulumi.dev.yaml"), content);
    return readStackFile(folder, "dev");
  };

  it("gives the values and what encrypts them", () => {
    assert.deepEqual(read("secretsprovider: awskms://key\nconfig:\n  a:b: 1\n  a:c:\n    secure: v1:x\n"), {
      config: { "a:b": 1, "a:c": { secure: "v1:x" } },
      secretsProvider: "awskms://key",
      initialised: false,
    });
  });

  for (const mark of ["encryptionsalt", "encryptedkey"]) {
    it(`tells by ${mark} that a stack was made from it`, () => {
      assert.equal(read(`${mark}: v1:x\n`)?.initialised, true);
    });
  }

  it("is encrypted with a passphrase where it names nothing else", () => {
    assert.deepEqual(read("config: {}\n"), {
      config: {},
      secretsProvider: "passphrase",
      initialised: false,
    });
  });

  it("may be empty, or hold no configuration", () => {
    assert.deepEqual(read(""), { config: {}, secretsProvider: "passphrase", initialised: false });
    assert.deepEqual(read("encryptionsalt: v1:x\n")?.config, {});
  });

  it("is undefined where there is none", () => assert.equal(readStackFile(folder, "other"), undefined));
});

describe("an encrypted value", () => {
  it("is a mapping with the key secure alone", () => {
    assert.ok(isEncrypted(secure("v1:x")));
    for (const other of ["v1:x", null, undefined, [], {}, { secure: "x", more: 1 }, { Secure: "x" }]) {
      assert.equal(isEncrypted(other), false, JSON.stringify(other));
    }
  });

  it("is left out wherever it stands, and nothing else is", () => {
    assert.deepEqual(
      withoutSecrets({ a: secure("x"), b: { c: [secure("y"), 1, null] }, d: "", e: { f: true } }),
      { a: LEFT_OUT, b: { c: [LEFT_OUT, 1, null] }, d: "", e: { f: true } },
    );
  });

  it("leaves no trace of its text in any structure", () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constant(secure("canary-7f3a")),
        fc.constantFrom<unknown>(null, 1, "plain", true),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "secure"), tie("tree")),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        assert.ok(!JSON.stringify(withoutSecrets(value)).includes("canary"));
      }),
    );
  });
});

const find = (secrets: unknown) => findPlainSecrets({ "blog:secrets": secrets }, "blog");

describe("plain secrets", () => {
  it("are found at every depth", () => {
    assert.deepEqual(find({ application: { a: "text", b: secure("v1:x"), c: 7 }, other: "text" }), [
      ["secrets", "application", "a"],
      ["secrets", "application", "c"],
      ["secrets", "other"],
    ]);
    assert.deepEqual(find("text"), [["secrets"]]);
    assert.deepEqual(find({ application: { a: { deep: false } } }), [
      ["secrets", "application", "a", "deep"],
    ]);
    assert.deepEqual(find({ application: { a: ["text"] } }), [["secrets", "application", "a", "0"]]);
  });

  it("are neither encrypted values nor those that are still to be set", () => {
    assert.deepEqual(find({ application: { a: secure("v1:x"), b: "", c: null } }), []);
    assert.deepEqual(find(secure("v1:x")), []);
    assert.deepEqual(findPlainSecrets({}, "blog"), []);
  });

  it("are looked for in the project's own values alone", () => {
    assert.deepEqual(findPlainSecrets({ "other:secrets": { a: { b: "text" } } }, "blog"), []);
  });
});

describe("the project's own values", () => {
  it("are those under its name, without it", () => {
    assert.deepEqual(ownValues({ "blog:a": 1, "blogger:b": 2, "aws:region": "x", "blog:c:d": 3 }, "blog"), {
      a: 1,
      "c:d": 3,
    });
  });
});

describe("a mapping", () => {
  it("is neither a list nor null nor a plain value", () => {
    assert.ok(isMapping({}));
    for (const other of [[], null, undefined, "text", 1]) assert.equal(isMapping(other), false);
  });
});
