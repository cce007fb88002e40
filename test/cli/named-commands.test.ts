import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../cli/commands";

const root = join(__dirname, "../..");

/** What tells people which command to type: documents, and the programs whose errors name one. */
const FILES = [
  "README.md",
  "CHANGELOG.md",
  ...["docs", "adapters", "cli", "components", "environments", "release"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(md|ts)$/.test(name))
      .map((name) => `${folder}/${name}`),
  ),
];

/** A command with options, to the end of the words that a shell would give it; text in between has other signs. */
const CALL = /\bstagewright ([a-z-]+)((?:[ \t]+(?:-{1,2}[a-z-]+|\$\{[^}]*\}|[\w./,$:-]+))*)/g;

interface Named {
  readonly file: string;
  readonly call: string;
  readonly name: string;
  readonly options: readonly string[];
}

const named = FILES.flatMap((file) =>
  [...readFileSync(join(root, file), "utf8").matchAll(CALL)].map(([call, name = "", words = ""]): Named => ({
    file,
    call,
    name,
    options: [...words.matchAll(/--([a-z-]+)/g)].map(([, option = ""]) => option),
  })),
).filter(({ options }) => options.length > 0);

const optionsOf = (name: string) =>
  Object.hasOwn(commands, name) ? [...Object.keys(commands[name]?.options ?? {}), "json", "help"] : [];

describe("what people are told to type is a command as it is", () => {
  it("in documents and in errors, option by option", () => {
    const wrong = named.flatMap(({ file, call, name, options }) =>
      options.every((option) => optionsOf(name).includes(option)) ? [] : [`${file}: ${call}`],
    );
    assert.deepEqual(wrong, []);
  });

  it("with every document and program looked through", () => {
    const files = new Set(named.map(({ file }) => file));
    for (const file of ["README.md", "docs/failover.md", "release/fall-back.ts", "release/refusals.ts"]) {
      assert.ok(files.has(file), file);
    }
  });

  it("with each command in the README", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const missing = Object.entries(commands).flatMap(([name, { actions = {} }]) =>
      [name, ...Object.keys(actions)].filter(
        (word) => !new RegExp(`\`([^\`]* )?${word}( [^\`]*)?\``).test(readme),
      ),
    );
    assert.deepEqual(missing, []);
  });
});
