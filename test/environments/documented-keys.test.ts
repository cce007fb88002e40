import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keysAt } from "../../environments/schema";

const root = join(__dirname, "../..");
const rows = readFileSync(join(root, "README.md"), "utf8").split("\n");

/** Names of keys stand up to this depth in the README; below it the schema describes them. */
const DEPTH = 3;

function pathsBelow(path: readonly string[]): (readonly string[])[] {
  if (path.length >= DEPTH) return [];
  return keysAt(path).flatMap((key) => [[...path, key], ...pathsBelow([...path, key])]);
}

/** What the table says of a key, in the row of its own or of the one that it is under. */
function isDocumented([first = "", ...rest]: readonly string[]): boolean {
  const own = rows.filter((row) => new RegExp(`^\\| \`${first}[.\`]`).test(row)).join("\n");
  return own !== "" && rest.every((key) => new RegExp(`\`[^\`]*\\b${key}\\b[^\`]*\``).test(own));
}

describe("the README's table of a stack's configuration", () => {
  it("has every key", () => {
    const paths = pathsBelow([]);
    assert.ok(paths.length > 60, `only ${paths.length} keys were looked for`);
    const missing = paths.filter((path) => !isDocumented(path)).map((path) => path.join("."));
    assert.deepEqual(missing, []);
  });
});
