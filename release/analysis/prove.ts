import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture, type Finished, onPath } from "../../adapters/processes";
import { type Analyser, Lacking, REPORTS } from "./analyser";
import { type Coverage, hasDevelCover, readCoverage, shareOf, writeSonarCoverage } from "./devel-cover";
import { readTap } from "./tap";
import { testOutcome } from "./test-outcome";
import { tally, type TestCase } from "./test-reports";
import { toolFailed } from "./tool";
import { filesBelow, pathIn, perlFolders, type Tree } from "./tree";

const COVERAGE = `${REPORTS}/sonar-coverage-prove.xml`;

const foldersWithTests = (tree: Tree) =>
  perlFolders(tree).filter((folder) =>
    filesBelow(tree.files, folder).some(
      (file) => file.startsWith(pathIn(folder, "t/")) && file.endsWith(".t"),
    ),
  );

/** The tests of Perl projects with their coverage: a `test.sh` beside them, which ends in `prove`, else `prove` itself. */
export const prove: Analyser = {
  name: "prove",
  appliesTo: (tree) => foldersWithTests(tree).length > 0,
  async lacks() {
    if (!onPath("prove")) return [{ tool: "prove", how: "apt-get install perl" }];
    const how = "apt-get install libdevel-cover-perl";
    return (await hasDevelCover()) ? [] : [{ tool: "Devel::Cover", how }];
  },
  async run(tree) {
    const tests: TestCase[] = [];
    const coverage = new Map<string, ReadonlyMap<number, boolean>>();
    for (const folder of foldersWithTests(tree)) {
      const run = await testFolder(tree.directory, folder);
      tests.push(...run.tests);
      for (const [file, lines] of run.coverage) coverage.set(file, lines);
    }
    writeSonarCoverage(join(tree.directory, COVERAGE), coverage);
    return testOutcome(tree.directory, "prove", tests, shareOf(coverage), { coverage: [COVERAGE] });
  },
};

/** Perl's harness and Devel::Cover are told by variables, so that a project's own script need not know of either. */
async function testFolder(
  directory: string,
  folder: string,
): Promise<{ tests: TestCase[]; coverage: Coverage }> {
  const cwd = join(directory, folder);
  const scratch = mkdtempSync(join(tmpdir(), "prove-"));
  try {
    const [database, output] = [join(scratch, "cover"), join(scratch, "tap")];
    const env = {
      PERL_TEST_HARNESS_DUMP_TAP: output,
      HARNESS_PERL_SWITCHES: `-MDevel::Cover=-db,${database},-silent,1,+ignore,^t/`,
    };
    const own = existsSync(join(cwd, "test.sh"));
    const done = own
      ? await capture("sh", ["test.sh"], { cwd, env })
      : await capture("prove", ["-lr", "t"], { cwd, env });
    if (own && done.exitCode === 3) throw new Lacking(done.stderr.trim().replaceAll(/\s*\n\s*/g, "; "));
    const tests = existsSync(output) ? readOutput(folder, output) : [];
    if (!ranHonestly(done, tests)) throw toolFailed("prove", done);
    return { tests, coverage: await readCoverage(directory, folder, database) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The harness and what we read of it must agree: a failure of one that the other does not know is neither's. */
function ranHonestly({ exitCode }: Finished, tests: readonly TestCase[]): boolean {
  return tests.length > 0 && (exitCode === 0) === (tally(tests).failed === 0);
}

function readOutput(folder: string, output: string): TestCase[] {
  return readdirSync(output, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".t"))
    .toSorted()
    .flatMap((file) => {
      const path = join(output, file);
      const { birthtimeMs, mtimeMs } = statSync(path);
      return readTap(pathIn(folder, file), readFileSync(path, "utf8"), Math.max(0, mtimeMs - birthtimeMs));
    });
}
