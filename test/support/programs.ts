import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** What a program prints for words that its arguments hold, and any hold `""`; it fails where that is `undefined`. */
export type Answers = Readonly<Record<string, string | undefined>>;

/** The only programs there are, until they are removed: small scripts that keep how they were called. */
export interface Programs {
  readonly folder: string;
  /** Writes a program; its script has the shell's own commands, and those of the machine that were named. */
  write(name: string, script: string): void;
  /** Writes a program that gives the first answer whose words fit, and fails where none does; a script may run first. */
  answer(name: string, answers: Answers, first?: string): void;
  /** Writes a file beside the programs, in the place of one that may be read at this moment, and gives its path. */
  put(name: string, text: string): string;
  /** The arguments of every call, a line each. */
  calls(name: string): string[];
  remove(): void;
}

/** Puts a folder of programs in the place of PATH; of the machine's own it has those that are named. */
export function fakePrograms(...own: readonly string[]): Programs {
  const path = process.env["PATH"] ?? "";
  const folder = mkdtempSync(join(tmpdir(), "programs-"));
  for (const name of own) {
    const found = path.split(delimiter).find((each) => existsSync(join(each, name)));
    symlinkSync(join(found ?? assert.fail(`${name} is not on PATH`), name), join(folder, name));
  }
  process.env["PATH"] = folder;

  function put(name: string, text: string, mode = 0o644): string {
    const file = join(folder, name);
    writeFileSync(`${file}.new`, text, { mode });
    renameSync(`${file}.new`, file);
    return file;
  }
  const write = (name: string, script: string) =>
    void put(name, `#!/bin/sh\nprintf '%s\\n' "$*" >> "$0.calls"\n${script}\n`, 0o755);
  return {
    folder,
    put,
    write,
    answer: (name, answers, first = "") => {
      const cases = Object.entries(answers).map(([words, text], index) =>
        text === undefined
          ? `*"${words}"*) exit 1;;`
          : `*"${words}"*) /bin/cat "${put(`${name}-${index}`, text)}"; exit 0;;`,
      );
      write(name, [first, 'case "$*" in', ...cases, "esac", "exit 1"].join("\n"));
    },
    calls: (name) => {
      const file = join(folder, `${name}.calls`);
      return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    },
    remove: () => {
      process.env["PATH"] = path;
      // One of several that were called at once may still write down its call: by then its place is another one.
      renameSync(folder, `${folder}.gone`);
      rmSync(`${folder}.gone`, { recursive: true });
    },
  };
}
