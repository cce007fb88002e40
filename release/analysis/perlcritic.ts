import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capture, onPath } from "../../adapters/processes";
import { type Analyser, REPORTS } from "./analyser";
import { count, type Finding, type Level, toSarif } from "./sarif";
import { toolFailed } from "./tool";
import { filesBelow, isPerl, pathIn, perlFolders, type Tree } from "./tree";

const REPORT = `${REPORTS}/perlcritic.sarif`;
/** File, line, column, severity, policy, message; no message holds a tab. */
const FORMAT = "%f\\t%l\\t%c\\t%s\\t%p\\t%m\\n";

/** Perl, by the `.perlcriticrc` of each Perl project, or perlcritic's own gentle rules. */
export const perlcritic: Analyser = {
  name: "perlcritic",
  appliesTo: (tree) => perlFolders(tree).length > 0,
  lacks: () =>
    Promise.resolve(
      onPath("perlcritic") ? [] : [{ tool: "perlcritic", how: "apt-get install libperl-critic-perl" }],
    ),
  async run(tree) {
    const findings: Finding[] = [];
    for (const folder of perlFolders(tree)) findings.push(...(await critic(tree, folder)));
    const log = toSarif("Perl::Critic", "https://metacpan.org/pod/Perl::Critic", findings);
    writeFileSync(join(tree.directory, REPORT), `${JSON.stringify(log, undefined, 2)}\n`);
    return { ...count(findings), reports: { sarif: [REPORT] } };
  },
};

async function critic({ directory, files }: Tree, folder: string): Promise<Finding[]> {
  const sources = filesBelow(files, folder)
    .filter((file) => isPerl(file) || hasPerlShebang(join(directory, file)))
    .map((file) => (folder === "." ? file : file.slice(folder.length + 1)));
  const done = await capture("perlcritic", ["--quiet", "--verbose", FORMAT, "--", ...sources], {
    cwd: join(directory, folder),
  });
  // 2: it has something to say; anything else but 0 is its own failure.
  if (done.exitCode !== 0 && done.exitCode !== 2) throw toolFailed("perlcritic", done);
  return done.stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => finding(folder, line));
}

function hasPerlShebang(file: string): boolean {
  return /^#!.*\bperl\b/.test(readFileSync(file, "utf8").slice(0, 100));
}

function finding(folder: string, line: string): Finding {
  const [file = "", row = "1", column = "1", severity = "3", rule = "", ...message] = line.split("\t");
  return {
    rule,
    level: levelOf(Number(severity)),
    message: message.join(" "),
    file: pathIn(folder, file),
    line: Number(row),
    column: Number(column),
  };
}

/** Perl::Critic counts from 5, worst, to 1. */
function levelOf(severity: number): Level {
  if (severity >= 5) return "error";
  return severity === 4 ? "warning" : "note";
}
