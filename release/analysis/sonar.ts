import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { Reports } from "./analyser";
import { isPerl, isTypeScript, type Tree } from "./tree";

const TEST_FOLDER = /(^|\/)(tests?|t|__tests__)(\/|$)/;
const OWN_FILE = "sonar-project.properties";
const isSource = (file: string) => isPerl(file) || isTypeScript(file);

/** The top folders, and files beside them, of sources that are no tests. */
export function sources({ files }: Tree, isOne: (file: string) => boolean = isSource): string[] {
  const found = files.filter((file) => isOne(file) && !TEST_FOLDER.test(posix.dirname(file)));
  return [...new Set(found.map((file) => file.split("/")[0] ?? file))].toSorted();
}

/** The outermost folders of tests. */
function testFolders({ files }: Tree): string[] {
  const found = files.filter(isSource).flatMap((file) => {
    const folders = posix.dirname(file).split("/");
    const end = folders.findIndex((folder) => TEST_FOLDER.test(folder));
    return end < 0 ? [] : [folders.slice(0, end + 1).join("/")];
  });
  return [...new Set(found)].toSorted();
}

/**
 * Settings of SonarQube's scanner for the reports that are really there: one it is told of and does not find would
 * fail it. A `sonar-project.properties` of the project's own goes first and wins.
 */
export function sonarProperties(tree: Tree, project: string, reports: readonly Reports[]): string {
  const own = join(tree.directory, OWN_FILE);
  const ownText = existsSync(own) ? readFileSync(own, "utf8").trimEnd() : undefined;
  const all = (kind: keyof Reports) => reports.flatMap((each) => each[kind] ?? []).join(",");
  const tests = testFolders(tree);
  const properties: Record<string, string> = {
    "sonar.projectKey": project,
    "sonar.sourceEncoding": "UTF-8",
    "sonar.sources": sources(tree).join(","),
    "sonar.tests": tests.join(","),
    // A file may be a source or a test, not both.
    "sonar.exclusions": tests.map((folder) => `${folder}/**`).join(","),
    "sonar.javascript.lcov.reportPaths": all("lcov"),
    "sonar.coverageReportPaths": all("coverage"),
    "sonar.testExecutionReportPaths": all("tests"),
    "sonar.sarifReportPaths": all("sarif"),
  };
  const said = (key: string) =>
    ownText?.split("\n").some((line) => line.split("=")[0]?.trim() === key) ?? false;
  const lines = Object.entries(properties)
    .filter(([key, value]) => value !== "" && !said(key))
    .map(([key, value]) => `${key}=${value}`);
  return `${[...(ownText === undefined ? [] : [ownText]), ...lines].join("\n")}\n`;
}
