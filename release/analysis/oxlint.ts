import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../../adapters/processes";
import { type Analyser, REPORTS } from "./analyser";
import { toolFailed } from "./tool";
import { count, findingsOf, type SarifLog } from "./sarif";
import { isTypeScript } from "./tree";

const REPORT = `${REPORTS}/oxlint.sarif`;
const binary = (directory: string) => join(directory, "node_modules", ".bin", "oxlint");

/** TypeScript, by the rules of the project's own `.oxlintrc.json`. */
export const oxlint: Analyser = {
  name: "oxlint",
  appliesTo: ({ files }) => files.some(isTypeScript),
  lacks: ({ directory }) =>
    Promise.resolve(
      existsSync(binary(directory)) ? [] : [{ tool: "oxlint", how: "npm install --save-dev oxlint" }],
    ),
  async run({ directory }) {
    const typed = existsSync(join(directory, "node_modules", "oxlint-tsgolint")) ? ["--type-aware"] : [];
    const done = await capture(binary(directory), [...typed, "--format", "sarif"], { cwd: directory });
    const log = parseLog(done.stdout);
    if (log === undefined) throw toolFailed("oxlint", done);
    writeFileSync(join(directory, REPORT), done.stdout);
    return { ...count(findingsOf(log)), reports: { sarif: [REPORT] } };
  },
};

function parseLog(text: string): SarifLog | undefined {
  try {
    return JSON.parse(text) as SarifLog;
  } catch {
    return undefined;
  }
}
