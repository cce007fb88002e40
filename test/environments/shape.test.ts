import assert from "node:assert/strict";
import { pathText, shellWord } from "../../environments/mistakes";
import { checkShape, describe as told, valueAt } from "../../environments/shape";

const guess = (key: string) => checkShape("test", { [key]: {} }).mistakes.find(({ path }) => path === key);

describe("the check of a configuration's shape", () => {
  it("finds nothing where every key, type and form is right", () => {
    assert.deepEqual(checkShape("test", { image: { repository: "registry.example.com/blog" } }), {
      mistakes: [],
      broken: [],
    });
  });

  it("names the paths that later checks must leave alone", () => {
    const { broken } = checkShape("test", {
      image: { repository: "registry.example.com/blog", builder: { platforms: ["linux/amd64", "arm64"] } },
      database: "large",
      application: { env: { "log.level": "info" } },
    });
    assert.deepEqual(broken.toSorted(), [
      'application.env["log.level"]',
      "database",
      "image.builder.platforms[1]",
    ]);
  });

  it("guesses a key from two wrong letters, not from three", () => {
    for (const key of ["databas", "dtabase", "dataabse", "Database"]) {
      assert.match(guess(key)?.expected ?? "", /^database \(did you mean that\?\), or one of /, key);
    }
    assert.match(guess("databank")?.expected ?? "", /^database/);
    assert.match(guess("databoxes")?.expected ?? "", /^one of /);
  });

  it("suggests no key where the names are free", () => {
    const repository = "registry.example.com/blog";
    assert.deepEqual(
      checkShape("test", { image: { repository }, application: { env: { HOTS: "x" } } }).mistakes,
      [],
    );
  });
});

describe("a value, told to a person", () => {
  const long = "x".repeat(200);
  const table: readonly (readonly [unknown, string])[] = [
    [undefined, "nothing"],
    [null, "nothing"],
    [["a", "b"], "a list of 2"],
    [{}, "a mapping with no keys"],
    [{ a: 1, b: { c: 2 } }, "a mapping with a, b"],
    ["text", '"text"'],
    ["", '""'],
    ['a "quoted" word\n', '"a \\"quoted\\" word\\n"'],
    [1.5, "1.5"],
    [false, "false"],
    [long, `"${"x".repeat(76)}…`],
  ];
  for (const [value, text] of table) {
    it(`is ${text.slice(0, 30)}`, () => assert.equal(told(value), text));
  }
});

describe("the value at a path", () => {
  it("is found through mappings and lists", () => {
    assert.equal(valueAt({ a: [{ b: 7 }] }, ["a", 0, "b"]), 7);
    assert.deepEqual(valueAt({ a: 1 }, []), { a: 1 });
  });

  it("is undefined where the path leads nowhere", () => {
    for (const path of [["b"], ["a", "b"], ["a", "b", "c"]]) {
      assert.equal(valueAt({ a: "text" }, path), undefined);
      assert.equal(valueAt(null, path), undefined);
    }
  });
});

describe("a path and a word in a command", () => {
  it("are written as pulumi and the shell take them", () => {
    assert.equal(pathText(["application", "imagePullSecrets", 0]), "application.imagePullSecrets[0]");
    assert.equal(pathText(["secrets", "application", "a.b"]), 'secrets.application["a.b"]');
    assert.equal(pathText(["a.b"]), '["a.b"]');
    assert.equal(shellWord("registry.example.com/blog:1"), "registry.example.com/blog:1");
    assert.equal(shellWord("it's $HOME"), `'it'\\''s $HOME'`);
    assert.equal(shellWord(""), "''");
    assert.equal(shellWord("a[0]"), "'a[0]'");
  });
});
