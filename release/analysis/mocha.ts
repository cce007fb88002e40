import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { capture } from "../../adapters/processes";
import { type Analyser, type LackingTool, REPORTS } from "./analyser";
import { lcovShare } from "./lcov";
import { sources } from "./sonar";
import { testOutcome } from "./test-outcome";
import { tally, type TestCase } from "./test-reports";
import { toolFailed } from "./tool";
import { isTypeScript, type Tree } from "./tree";

interface MochaTest {
  readonly fullTitle: string;
  readonly file: string;
  readonly duration?: number;
  readonly err?: { readonly message?: string; readonly stack?: string };
}
interface MochaReport {
  readonly passes: readonly MochaTest[];
  readonly failures: readonly MochaTest[];
  readonly pending: readonly MochaTest[];
}

const LCOV = `${REPORTS}/lcov.info`;
const binary = (directory: string, name: string) => join(directory, "node_modules", ".bin", name);

/** The unit tests that the project's own mocha configuration names, with coverage of all its TypeScript. */
export const mocha: Analyser = {
  name: "mocha",
  appliesTo: ({ files }) => files.some((file) => /\.(test|spec)\.[cm]?[jt]sx?$/.test(file)),
  lacks: ({ directory }) =>
    Promise.resolve(
      ["mocha", "c8"]
        .filter((tool) => !existsSync(binary(directory, tool)))
        .map((tool): LackingTool => ({ tool, how: `npm install --save-dev ${tool}` })),
    ),
  async run(tree) {
    const { directory } = tree;
    const scratch = mkdtempSync(join(tmpdir(), "mocha-"));
    try {
      const file = join(scratch, "mocha.json");
      // In one process: mocha kills its parallel workers before they have written all of their coverage.
      const run = [binary(directory, "mocha"), "--no-parallel", ...reporterArgs(file)];
      const args = [...coverageArgs(tree, scratch), ...run];
      const done = await capture(binary(directory, "c8"), args, { cwd: directory });
      if (!existsSync(file)) throw toolFailed("mocha", done);
      const tests = readReport(directory, JSON.parse(readFileSync(file, "utf8")) as MochaReport);
      if (done.exitCode !== 0 && tally(tests).failed === 0) throw toolFailed("mocha", done);
      const share = lcovShare(readFileSync(join(directory, LCOV), "utf8"));
      return testOutcome(directory, "mocha", tests, share, { lcov: [LCOV] });
    } finally {
      rmSync(scratch, { recursive: true });
    }
  },
};

function coverageArgs(tree: Tree, scratch: string): string[] {
  const includes = sources(tree, isTypeScript).flatMap((path) => [
    "--include",
    tree.files.includes(path) ? path : `${path}/**`,
  ]);
  const where = ["--temp-directory", join(scratch, "v8"), "--reports-dir", join(tree.directory, REPORTS)];
  return ["--all", ...includes, ...where, "--reporter", "lcovonly"];
}

function reporterArgs(file: string): string[] {
  return ["--reporter", "json", "--reporter-option", `output=${file}`];
}

function readReport(directory: string, { passes, failures, pending }: MochaReport): TestCase[] {
  const read = (tests: readonly MochaTest[], outcome: TestCase["outcome"]) =>
    tests.map(({ fullTitle, file, duration = 0, err }): TestCase => ({
      file: relative(directory, file),
      name: fullTitle,
      milliseconds: duration,
      outcome,
      ...(outcome === "failed" ? { message: err?.stack ?? err?.message ?? "failed" } : {}),
    }));
  return [...read(passes, "passed"), ...read(failures, "failed"), ...read(pending, "skipped")];
}
