import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { analyse } from "../../release/analyse";
import { onPath } from "../../adapters/processes";
import { fakePrograms, type Programs } from "../support/programs";
import { assertJUnit, assertSonarCoverage, assertSonarTests } from "./analysis/formats";

const SARIF = (level: string) =>
  JSON.stringify({
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "x" } },
        results: [
          {
            ruleId: "R1",
            level,
            message: { text: "m" },
            locations: [
              { physicalLocation: { artifactLocation: { uri: "Dockerfile" }, region: { startLine: 2 } } },
            ],
          },
        ],
      },
    ],
  });
const MOCHA = (folder: string) =>
  JSON.stringify({
    passes: [{ fullTitle: "a b", file: join(folder, "test/a.test.ts"), duration: 1.5, err: {} }],
    failures: [
      { fullTitle: "a c", file: join(folder, "test/a.test.ts"), err: { stack: "Error: no\n  at x" } },
    ],
    pending: [{ fullTitle: "a d", file: join(folder, "test/a.test.ts"), err: {} }],
  });

describe("an analysis", () => {
  const progress = { step: () => undefined, warn: assert.fail };
  let programs: Programs;
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "analyse-")));
    programs = fakePrograms("git", "sh", "cat", "mkdir", "cp", "env");
    write(".gitignore", "node_modules\nreports\nanswers\n");
    write("Pulumi.yaml", "name: shop\n");
  });
  afterEach(() => {
    programs.remove();
    rmSync(folder, { recursive: true });
  });

  function write(file: string, content: string, mode = 0o644): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content, { mode });
  }
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  /** A fake program: prints `text`, after running `more`, and ends with `exitCode`. */
  function fake(name: string, text: string, exitCode = 0, more = ""): void {
    const answer = `answers/${name.replaceAll("/", "-")}`;
    write(answer, text);
    const script = `${more}\ncat "${join(folder, answer)}"\nexit ${exitCode}`;
    if (!name.includes("/")) programs.write(name, script);
    else write(name, `#!/bin/sh\nprintf '%s\\n' "$*" >> "$0.calls"\n${script}\n`, 0o755);
  }
  function run() {
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    execFileSync("git", ["add", "."], { cwd: folder });
    return analyse(folder, progress);
  }

  it("of a checkout with nothing to look at finds nothing, and says so to SonarQube too", async () => {
    const { ran, notRun } = await run();
    assert.deepEqual([ran, notRun], [[], []]);
    assert.equal(
      read("reports/sonar-project.properties"),
      "sonar.projectKey=shop\nsonar.sourceEncoding=UTF-8\n",
    );
    assert.equal(read("reports/gl-code-quality-report.json"), "[]\n");
  });

  it("says of each analyser that lacks how to get it, and runs the others", async () => {
    for (const file of ["lib/a.ts", "test/a.test.ts", "t/a.t", "cpanfile"]) write(file, "");
    write("Dockerfile", "FROM scratch\n");
    fake("hadolint", SARIF("warning"));
    const { ran, notRun } = await run();
    assert.deepEqual(
      ran.map(({ analyser, errors, warnings }) => [analyser, errors, warnings]),
      [["hadolint", 0, 1]],
    );
    assert.deepEqual(
      notRun.map(({ analyser, lacks }) => [analyser, ...lacks.map(({ how }) => how)]),
      [
        ["oxlint", "npm install --save-dev oxlint"],
        ["perlcritic", "apt-get install libperl-critic-perl"],
        ["prove", "apt-get install perl"],
        ["mocha", "npm install --save-dev mocha", "npm install --save-dev c8"],
      ],
    );
  });

  it("counts the errors of linters, and hands them to GitLab", async () => {
    write("Dockerfile", "FROM scratch\n");
    write("apps/Dockerfile.test", "FROM scratch\n");
    fake("hadolint", SARIF("error"));
    const { ran } = await run();
    assert.equal(ran[0]?.errors, 1);
    assert.deepEqual(programs.calls("hadolint"), [
      "--no-fail --format sarif Dockerfile apps/Dockerfile.test",
    ]);
    const [issue] = JSON.parse(read("reports/gl-code-quality-report.json")) as { location: unknown }[];
    assert.deepEqual(issue?.location, { path: "Dockerfile", lines: { begin: 2 } });
  });

  it("runs perlcritic in each Perl project, scripts without an ending included, and makes SARIF of its words", async () => {
    write("shop/cpanfile", "");
    write("shop/lib/A.pm", "1;");
    write("shop/script/a", "#!/usr/bin/env perl\n");
    write("shop/script/b", "#!/bin/sh\n");
    fake(
      "perlcritic",
      "lib/A.pm\t3\t5\t5\tBug::A\tIt is\ta bug\nscript/a\t1\t1\t4\tBug::B\tb\nscript/a\t1\t1\t1\tBug::C\tc\n",
      2,
    );
    const { ran } = await run();
    assert.deepEqual(programs.calls("perlcritic")[0]?.split(" -- ")[1], "lib/A.pm script/a");
    assert.equal(ran[0]?.found, "1 errors, 1 warnings, 1 notes");
    const log = JSON.parse(read("reports/perlcritic.sarif")) as { runs: [{ results: object[] }] };
    assert.deepEqual(log.runs[0].results[0], {
      ruleId: "Bug::A",
      level: "error",
      message: { text: "It is a bug" },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "shop/lib/A.pm" },
            region: { startLine: 3, startColumn: 5 },
          },
        },
      ],
    });
  });

  it("tells a linter that breaks down from one that finds something", async () => {
    write("lib/A.pm", "1;");
    fake("perlcritic", "Can't locate Perl/Critic.pm", 9);
    await assert.rejects(run(), {
      kind: "failed",
      message: /^perlcritic itself failed \(exit code 9\):\n[\s\S]*Can't locate Perl\/Critic\.pm$/,
    });
  });

  it("runs mocha under c8 over all sources, and writes what SonarQube and GitLab read", async () => {
    for (const file of ["lib/a.ts", "index.ts", "test/a.test.ts"]) write(file, "");
    fake("node_modules/.bin/oxlint", SARIF("note"));
    fake("node_modules/.bin/mocha", "");
    write("answers/mocha.json", MOCHA(folder));
    write("answers/lcov", "LF:4\nLH:3\n");
    const copy = `for word; do case "$word" in output=*) cp "${folder}/answers/mocha.json" "\${word#output=}";; esac; done; cp "${folder}/answers/lcov" "${folder}/reports/lcov.info"`;
    fake("node_modules/.bin/c8", "", 1, copy);
    const { ran } = await run();
    assert.deepEqual(ran.at(-1), {
      analyser: "mocha",
      errors: 1,
      warnings: 0,
      found: "1 passed, 1 failed (first: test/a.test.ts: a c), 1 skipped; 75.0 % of lines",
      reports: {
        lcov: ["reports/lcov.info"],
        junit: ["reports/junit-mocha.xml"],
        tests: ["reports/sonar-tests-mocha.xml"],
      },
    });
    assert.match(
      read("node_modules/.bin/c8.calls"),
      /^--all --include index\.ts --include lib\/\*\* --temp-directory .*\/mocha --no-parallel /,
    );
    assertJUnit(read("reports/junit-mocha.xml"));
    assertSonarTests(read("reports/sonar-tests-mocha.xml"));
    assert.match(
      read("reports/sonar-tests-mocha.xml"),
      /<file path="test\/a\.test\.ts">\n<testCase name="a b" duration="2"\/>/,
    );
  });

  describe("of Perl's tests", () => {
    let tap: string;
    beforeEach(() => {
      tap = `mkdir -p "$PERL_TEST_HARNESS_DUMP_TAP/t"; cp "${folder}/answers/a.t" "$PERL_TEST_HARNESS_DUMP_TAP/t/a.t"`;
      write("cpanfile", "");
      write("t/a.t", "");
      write("lib/A.pm", "1;");
      fake("perlcritic", "");
      fake(
        "perl",
        `${folder}/lib/A.pm\t2\t1\n${folder}/lib/A.pm\t3\t0\n/usr/share/perl5/Test/More.pm\t1\t1\n`,
      );
    });

    it("reads what the harness was told to keep, and which lines were reached", async () => {
      write("answers/a.t", "ok 1 - a\nnot ok 2 - b\n1..2\n");
      fake("prove", "", 1, `${tap}\nenv > "${folder}/answers/env"`);
      const { ran } = await run();
      assert.deepEqual(ran.at(-1)?.found, "1 passed, 1 failed (first: t/a.t: b), 0 skipped; 50.0 % of lines");
      assert.deepEqual(programs.calls("prove"), ["-lr t"]);
      assert.match(
        read("answers/env"),
        /^HARNESS_PERL_SWITCHES=-MDevel::Cover=-db,.*\/cover,-silent,1,\+ignore,\^t\/$/m,
      );
      for (const [file, check] of [
        ["junit", assertJUnit],
        ["sonar-tests", assertSonarTests],
        ["sonar-coverage", assertSonarCoverage],
      ] as const) {
        check(read(`reports/${file}-prove.xml`));
      }
      assert.match(
        read("reports/sonar-coverage-prove.xml"),
        /<file path="lib\/A\.pm">\n<lineToCover lineNumber="2" covered="true"\/>\n<lineToCover lineNumber="3" covered="false"\/>\n<\/file>\n<\/coverage>/,
      );
    });

    it("goes through the project's own script, whose exit code 3 means that a part is missing", async () => {
      fake("prove", "");
      write("test.sh", "echo Missing: Mojo::Pg >&2; echo Debian: libmojo-pg-perl >&2; exit 3\n");
      const { notRun } = await run();
      assert.deepEqual(notRun, [
        {
          analyser: "prove",
          lacks: [{ tool: "what its tests need", how: "Missing: Mojo::Pg; Debian: libmojo-pg-perl" }],
        },
      ]);
    });

    for (const [title, exitCode, text] of [
      ["failed without a failed test", 1, "ok 1 - a\n1..1\n"],
      ["passed with a failed one", 0, "not ok 1 - a\n1..1\n"],
    ] as const) {
      it(`does not believe a harness that ${title}`, async () => {
        write("answers/a.t", text);
        fake("prove", "words", exitCode, tap);
        await assert.rejects(run(), {
          kind: "failed",
          message: new RegExp(`^prove itself failed \\(exit code ${exitCode}\\):[^]*words$`),
        });
      });
    }
  });

  it("removes the reports of an earlier one, so that none is read twice", async () => {
    write("reports/oxlint.sarif", "old");
    await run();
    assert.deepEqual(readdirSync(join(folder, "reports")).toSorted(), [
      "gl-code-quality-report.json",
      "sonar-project.properties",
    ]);
  });

  it("is refused outside a checkout", async () => {
    process.env["GIT_CEILING_DIRECTORIES"] = dirname(folder);
    assert.ok(onPath("git"));
    await assert.rejects(analyse(folder, progress), {
      kind: "usage",
      message: /is no git checkout, .*: git init$/,
    });
    delete process.env["GIT_CEILING_DIRECTORIES"];
  });
});
