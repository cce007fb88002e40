import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The only programs there are, until they are removed: small scripts that keep how they were called. */
export interface Programs {
  readonly folder: string;
  /** Writes a program; its script has the shell's own commands alone. */
  write(name: string, script: string): void;
  /** The arguments of every call, a line each. */
  calls(name: string): string[];
  remove(): void;
}

/** Puts a folder of programs in the place of PATH. */
export function fakePrograms(): Programs {
  const path = process.env["PATH"];
  const folder = mkdtempSync(join(tmpdir(), "programs-"));
  process.env["PATH"] = folder;
  return {
    folder,
    write: (name, script) =>
      writeFileSync(join(folder, name), `#!/bin/sh\necho "$*" >> "$0.calls"\n${script}\n`, { mode: 0o755 }),
    calls: (name) => {
      const file = join(folder, `${name}.calls`);
      return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    },
    remove: () => {
      process.env["PATH"] = path;
      // One of several that were called at once may still write down its call.
      rmSync(folder, { recursive: true, maxRetries: 3 });
    },
  };
}
