import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readProject } from "../environments/project";
import { type Analyser, Lacking, type LackingTool, type Outcome, REPORTS } from "./analysis/analyser";
import { toCodeQuality } from "./analysis/code-quality";
import { hadolint } from "./analysis/hadolint";
import { mocha } from "./analysis/mocha";
import { oxlint } from "./analysis/oxlint";
import { perlcritic } from "./analysis/perlcritic";
import { prove } from "./analysis/prove";
import { findingsOf, readSarif } from "./analysis/sarif";
import { sonarProperties } from "./analysis/sonar";
import { readTree, type Tree } from "./analysis/tree";
import type { Progress } from "./progress";

/** Cheap ones first, so that a mistake is known early. */
const ANALYSERS: readonly Analyser[] = [oxlint, hadolint, perlcritic, prove, mocha];

/** What an analysis found out. */
export interface Analysis {
  readonly ran: readonly ({ readonly analyser: string } & Outcome)[];
  readonly notRun: readonly { readonly analyser: string; readonly lacks: readonly LackingTool[] }[];
  /** Files below the project that are for all analysers together. */
  readonly reports: { readonly sonar: string; readonly codeQuality: string };
}

/** Looks at a checkout with every analyser that has something to look at, and writes their reports. */
export async function analyse(directory: string, progress: Progress): Promise<Analysis> {
  const tree = await readTree(directory);
  rmSync(join(directory, REPORTS), { recursive: true, force: true });
  mkdirSync(join(directory, REPORTS));
  const ran: Analysis["ran"][number][] = [];
  const notRun: Analysis["notRun"][number][] = [];
  for (const analyser of ANALYSERS.filter((each) => each.appliesTo(tree))) {
    const result = await runOne(analyser, tree, progress);
    if ("lacks" in result) notRun.push({ analyser: analyser.name, lacks: result.lacks });
    else ran.push({ analyser: analyser.name, ...result });
  }
  return { ran, notRun, reports: writeCommonReports(tree, ran) };
}

async function runOne(
  analyser: Analyser,
  tree: Tree,
  progress: Progress,
): Promise<Outcome | { readonly lacks: readonly LackingTool[] }> {
  const lacks = await analyser.lacks(tree);
  if (lacks.length > 0) return { lacks };
  progress.step(`running ${analyser.name}`, { analyser: analyser.name });
  try {
    return await analyser.run(tree);
  } catch (error) {
    if (!(error instanceof Lacking)) throw error;
    return { lacks: [{ tool: "what its tests need", how: error.message }] };
  }
}

function writeCommonReports(tree: Tree, ran: readonly Outcome[]): Analysis["reports"] {
  const reports = {
    sonar: `${REPORTS}/sonar-project.properties`,
    codeQuality: `${REPORTS}/gl-code-quality-report.json`,
  };
  const write = (file: string, text: string) => writeFileSync(join(tree.directory, file), text);
  const sarif = ran.flatMap((outcome) => outcome.reports.sarif ?? []);
  const findings = sarif.flatMap((file) => findingsOf(readSarif(join(tree.directory, file))));
  const { name } = readProject(tree.directory);
  write(reports.codeQuality, `${JSON.stringify(toCodeQuality(findings), undefined, 2)}\n`);
  write(
    reports.sonar,
    sonarProperties(
      tree,
      name,
      ran.map((outcome) => outcome.reports),
    ),
  );
  return reports;
}
