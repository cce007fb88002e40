import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../../adapters/processes";
import { toolFailed } from "./tool";
import { pathIn } from "./tree";
import { document, element } from "./xml";

/** Prints file, line and whether it was reached, from a database of Devel::Cover; it has no such report itself. */
const LINES = `
my $cover = Devel::Cover::DB->new(db => $ARGV[0])->merge_runs->cover;
for my $file (sort $cover->items) {
  my $statements = $cover->file($file)->statement or next;
  for my $line (sort { $a <=> $b } $statements->items) {
    my $reached = grep { $_->covered } @{$statements->location($line)};
    print join("\\t", $file, $line, $reached ? 1 : 0), "\\n";
  }
}`;

/** Which lines of a file were reached. */
export type Coverage = ReadonlyMap<string, ReadonlyMap<number, boolean>>;

/** Whether Perl has Devel::Cover. */
export async function hasDevelCover(): Promise<boolean> {
  return (await capture("perl", ["-MDevel::Cover::DB", "-e", "1"])).exitCode === 0;
}

/** Reads a database of Devel::Cover; only files below `folder` of the project count. */
export async function readCoverage(directory: string, folder: string, database: string): Promise<Coverage> {
  const cwd = join(directory, folder);
  const done = await capture("perl", ["-MDevel::Cover::DB", "-e", LINES, database], { cwd });
  if (done.exitCode !== 0) throw toolFailed("Devel::Cover", done);
  const files = new Map<string, Map<number, boolean>>();
  for (const row of done.stdout.split("\n").filter(Boolean)) {
    const [file = "", line, reached] = row.split("\t");
    const path = file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file;
    if (path.startsWith("/") || !existsSync(join(cwd, path))) continue;
    const name = pathIn(folder, path);
    const lines = files.get(name) ?? new Map<number, boolean>();
    files.set(name, lines.set(Number(line), reached === "1"));
  }
  return files;
}

/** The share of lines that were reached, from 0 to 1. */
export function shareOf(coverage: Coverage): number {
  const lines = [...coverage.values()].flatMap((file) => [...file.values()]);
  return lines.length === 0 ? 1 : lines.filter(Boolean).length / lines.length;
}

/** Writes SonarQube's generic coverage. */
export function writeSonarCoverage(file: string, coverage: Coverage): void {
  const files = [...coverage].map(([path, lines]) =>
    element(
      "file",
      { path },
      [...lines].map(([lineNumber, covered]) => element("lineToCover", { lineNumber, covered })),
    ),
  );
  writeFileSync(file, document(element("coverage", { version: 1 }, files)));
}
