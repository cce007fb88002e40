import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { commands } from "../../cli/commands";

const root = join(__dirname, "../..");

/** The files that call the command, or show people how. */
const FILES = [
  ".gitlab-ci.yml",
  "docs/pipelines.md",
  ...readdirSync(join(root, "pipelines"), { recursive: true, encoding: "utf8" })
    .filter((name) => /(\.(ya?ml|groovy|json|ts)|Jenkinsfile)$/.test(name))
    .map((name) => `pipelines/${name}`),
];

/** Where a call begins in a shell's line, a Groovy step, a document; what follows, to the quote that ends it. */
const CALLS = [
  /\$STAGEWRIGHT ((?:\\.|[^"\\])*)"/g,
  /\bstagewright '([^']*)'/g,
  /`stagewright ([^`']*)`/g,
  /cli\/main\.ts ([a-z][^"&|;]*)/g,
];

interface Call {
  readonly file: string;
  readonly words: readonly string[];
}

function callsIn(file: string): Call[] {
  const text = readFileSync(join(root, file), "utf8");
  return CALLS.flatMap((call) => [...text.matchAll(call)]).map(([, line = ""]) => ({
    file,
    words: wordsOf(line),
  }));
}

/** Words as a shell takes them apart; a variable stands for a word. */
function wordsOf(line: string): string[] {
  return line.replaceAll(/[\\"]/g, "").trim().split(/\s+/);
}

/** What the command line says of a call, by its own table; nothing where it is taken. */
function problemOf([name = "", ...args]: readonly string[]): string | undefined {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return `"${name}" is no command`;
  const options = Object.entries(command.options).map(([key, { help: _help, ...option }]) => [key, option]);
  try {
    const { positionals } = parseArgs({
      args,
      allowPositionals: command.actions !== undefined,
      options: { ...Object.fromEntries(options), json: { type: "boolean" } },
    });
    if (command.actions === undefined) return undefined;
    return positionals.length === 1 && Object.hasOwn(command.actions, positionals[0] ?? "")
      ? undefined
      : `${name} takes no "${positionals.join(" ")}"`;
  } catch (error) {
    return String(error);
  }
}

describe("a pipeline calls the command as it is", () => {
  const calls = FILES.flatMap(callsIn);
  for (const { file, words } of calls) {
    it(`${file}: ${words.join(" ")}`, () => assert.equal(problemOf(words), undefined));
  }

  const callsOf = (file: string) =>
    calls.filter((call) => call.file === file).map(({ words }) => words.join(" "));

  it("in every place where it goes from stack to stack", () => {
    for (const file of ["pipelines/gitlab/stagewright.gitlab-ci.yml", "pipelines/jenkins/Jenkinsfile"]) {
      const path = [
        "release --stack test --yes",
        "promote --from test --to int --yes",
        "promote --from int --to prod --yes",
      ];
      assert.deepEqual(
        callsOf(file).filter((call) => /^(release|promote)/.test(call)),
        path,
      );
      for (const name of ["analyse", "preview", "review", "rollback", "drift"]) {
        assert.ok(
          callsOf(file).some((call) => call.startsWith(name)),
          `${file}: ${name}`,
        );
      }
    }
  });

  for (const [words, problem] of [
    ["relase --stack test", /no command/],
    ["release --stak test", /Unknown option '--stak'/],
    ["release test", /Unexpected argument 'test'/],
    ["review off --yes", /takes no "off"/],
    ["promote --from", /argument missing/],
  ] as const) {
    it(`and not as it is not: ${words}`, () => assert.match(problemOf(words.split(" ")) ?? "", problem));
  }

  it("and names no host of a registry and no machine", () => {
    for (const file of FILES) {
      const text = readFileSync(join(root, file), "utf8");
      assert.doesNotMatch(
        text,
        /registry\.npmjs|docker\.io|ghcr\.io|quay\.io|localhost|127\.0\.0\.1|\/work\/|\/root\//,
      );
    }
  });
});
