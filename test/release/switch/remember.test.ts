import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rememberPrimary } from "../../../release/switch/remember";

const around = (inner: string) =>
  `encryptionsalt: v1:x\nconfig:\n    shop:secrets: { a: { b: { secure: v1:y } } }\n    shop:database:\n     replica:\n      ${inner}`;

describe("the stack file, after a switch", () => {
  let folder = "";
  const write = (text: string) => writeFileSync(join(folder, "Pulumi.south.yaml"), text);
  const read = () => readFileSync(join(folder, "Pulumi.south.yaml"), "utf8");
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "remember-"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const forms: readonly (readonly [title: string, before: string, after: string])[] = [
    ["plain, with a comment", "primary: south # who writes", "primary: north # who writes"],
    ["in quotes", 'primary: "south"\n      self: south', "primary: north\n      self: south"],
    [
      "as the last word of the file",
      "self: south\n      primary: south",
      "self: south\n      primary: north",
    ],
  ];
  for (const [title, before, after] of forms) {
    it(`names the one that is written to, ${title}; all else stays as it stands`, () => {
      write(around(before));
      assert.equal(rememberPrimary(folder, "south", "north"), "Pulumi.south.yaml");
      assert.equal(read(), around(after));
      assert.deepEqual(readdirSync(folder).toSorted(), ["Pulumi.south.yaml", "Pulumi.yaml"]);
    });
  }

  it("puts in quotes what YAML would take for something else", () => {
    write("config:\n  shop:database: { replica: { primary: south } }\n");
    rememberPrimary(folder, "south", "17");
    assert.equal(read(), 'config:\n  shop:database: { replica: { primary: "17" } }\n');
  });

  it("is not written where it says so already", () => {
    write("config:\n  shop:database: { replica: { primary: north } }\n");
    assert.equal(rememberPrimary(folder, "south", "north"), undefined);
  });

  it("that says nothing of it is not guessed at", () => {
    write("config: {}\n");
    assert.throws(() => rememberPrimary(folder, "south", "north"), {
      message:
        "Pulumi.south.yaml does not say which database is written to; say so: " +
        "pulumi config set --stack south --path database.replica.primary north",
    });
    assert.equal(read(), "config: {}\n");
  });
});
