import assert from "node:assert/strict";
import * as fc from "fast-check";
import { lcovShare } from "../../../release/analysis/lcov";
import { toCodeQuality } from "../../../release/analysis/code-quality";
import { count, type Finding, findingsOf, type SarifLog, toSarif } from "../../../release/analysis/sarif";
import { sonarProperties, sources } from "../../../release/analysis/sonar";
import { readTap } from "../../../release/analysis/tap";
import { type TestCase, toJUnit, toSonarTests } from "../../../release/analysis/test-reports";
import { perlFolders } from "../../../release/analysis/tree";
import { document, element } from "../../../release/analysis/xml";
import { assertJUnit, assertSonarTests, readXml } from "./formats";

const outcomes = ["passed", "failed", "skipped"] as const;
const anyText = fc.string({ unit: "binary", minLength: 1 }).map((text) => `a${text}`);
const anyTest: fc.Arbitrary<TestCase> = fc.record({
  file: fc.constantFrom("test/a.test.ts", "t/b.t"),
  name: anyText,
  milliseconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
  outcome: fc.constantFrom(...outcomes),
  message: anyText,
});

const finding = (line: number): Finding => ({ rule: "r", level: "error", message: "m", file: "f", line });
const prints = (...findings: Finding[]) =>
  toCodeQuality(findings).map((each) => (each as { fingerprint: string }).fingerprint);
const names = (text: string) => readTap("t/a.t", text, 10).map(({ name, outcome }) => [name, outcome]);

describe("reports", () => {
  it("of tests are well formed whatever a test is called and says", () => {
    fc.assert(
      fc.property(fc.array(anyTest), (tests) => {
        assertJUnit(toJUnit("all", tests));
        assertSonarTests(toSonarTests(tests));
      }),
    );
  });

  it("of tests name each one once, and count them", () => {
    const tests = outcomes.map((outcome): TestCase => ({
      file: "t/a.t",
      name: outcome,
      milliseconds: 1500,
      outcome,
    }));
    const [suite] = readXml(toJUnit("perl", tests)).children;
    assert.deepEqual(suite?.attributes, {
      name: "t/a.t",
      tests: "3",
      failures: "1",
      errors: "0",
      skipped: "1",
      time: "4.5",
    });
    assert.deepEqual(
      suite?.children.map(({ attributes, children }) => [attributes["name"], children[0]?.name]),
      [
        ["passed", undefined],
        ["failed", "failure"],
        ["skipped", "skipped"],
      ],
    );
  });

  it("escape markup, keep line ends of attributes, and leave out what XML cannot hold", () => {
    assert.equal(element("a", { b: '<&">\n\u001B[31m\uD800' }), '<a b="&lt;&amp;&quot;&gt;&#10;[31m"/>');
    assert.equal(document("<a/>"), '<?xml version="1.0" encoding="UTF-8"?>\n<a/>\n');
  });

  it("of findings come back from SARIF as they went in", () => {
    const anyFinding = fc.record(
      {
        rule: anyText,
        level: fc.constantFrom("error" as const, "warning" as const, "note" as const),
        message: anyText,
        file: fc.constantFrom("lib/A.pm", "a folder/b%c.ts", "ä.ts"),
        line: fc.integer({ min: 1 }),
        column: fc.integer({ min: 1 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(anyFinding), (findings) => {
        const log = JSON.parse(JSON.stringify(toSarif("x", "https://example.com", findings))) as SarifLog;
        assert.deepEqual(findingsOf(log), findings);
      }),
    );
  });

  it("of findings that say no level or place are warnings of the first line", () => {
    const log = {
      version: "2.1.0",
      runs: [{ results: [{ message: {} }, { message: {}, level: "none" }] }, {}],
    };
    const nowhere = { rule: "unknown", message: "", file: "", line: 1 };
    assert.deepEqual(findingsOf(log), [
      { ...nowhere, level: "warning" },
      { ...nowhere, level: "note" },
    ]);
    assert.deepEqual(count(findingsOf(log)), {
      errors: 0,
      warnings: 1,
      found: "0 errors, 1 warnings, 1 notes",
    });
  });

  it("for GitLab keep a finding's fingerprint when it moves, and tell equal ones apart", () => {
    assert.deepEqual(prints(finding(1)), prints(finding(7)));
    assert.equal(new Set(prints(finding(1), finding(7))).size, 2);
    const [{ fingerprint: _, ...rest } = { fingerprint: "" }] = toCodeQuality([finding(3)]) as {
      fingerprint: string;
    }[];
    assert.deepEqual(rest, {
      description: "m",
      check_name: "r",
      severity: "critical",
      location: { path: "f", lines: { begin: 3 } },
    });
  });

  it("of coverage count the lines of all files", () => {
    assert.equal(lcovShare("SF:a\nLF:3\nLH:2\nend_of_record\nSF:b\nLF:1\nLH:1\n"), 0.75);
    assert.equal(lcovShare(""), 1);
  });
});

describe("what a Perl test said", () => {
  const TAPS: readonly (readonly [
    title: string,
    text: string,
    expected: readonly (readonly [string, string])[],
  ])[] = [
    [
      "points with and without words",
      "ok 1 - a\nok 2\nok\n1..3\n",
      [
        ["a", "passed"],
        ["test 2", "passed"],
        ["test 3", "passed"],
      ],
    ],
    [
      "subtests as one",
      "    ok 1 - inner\n    not ok 2 - inner\n    1..2\nok 1 - outer\n1..1",
      [["outer", "passed"]],
    ],
    [
      "what is left out and what is to come",
      "1..3\nok 1 # SKIP no network\nnot ok 2 - b # TODO later\nok 3 - c # todo",
      [
        ["test 1", "skipped"],
        ["b", "skipped"],
        ["c", "passed"],
      ],
    ],
    ["a failure", "not ok 1 - a\n#   Failed test 'a'\n1..1", [["a", "failed"]]],
    ["a file left out whole", "1..0 # SKIP no database", []],
    [
      "one that broke off",
      "1..3\nok 1 - a",
      [
        ["a", "passed"],
        ["runs to its end", "failed"],
      ],
    ],
    ["one that said nothing", "", [["runs to its end", "failed"]]],
  ];
  for (const [title, text, expected] of TAPS) {
    it(`is read: ${title}`, () => assert.deepEqual(names(text), expected));
  }

  it("keeps the reason of a failure, and shares the file's time", () => {
    assert.deepEqual(readTap("t/a.t", "not ok 1 - a\n#   got: 1\nok 2 - b\n1..2\n", 10), [
      { file: "t/a.t", name: "a", milliseconds: 5, outcome: "failed", message: "  got: 1" },
      { file: "t/a.t", name: "b", milliseconds: 5, outcome: "passed" },
    ]);
  });
});

describe("SonarQube's settings", () => {
  const tree = {
    directory: __dirname,
    files: [
      "index.ts",
      "lib/a.ts",
      "lib/a.d.ts",
      "test/a.test.ts",
      "apps/shop/lib/A.pm",
      "apps/shop/t/a.t",
      "README.md",
    ],
  };

  it("tell sources from tests, in both languages, and name the reports that there are", () => {
    const reports = [
      { lcov: ["reports/lcov.info"] },
      { sarif: ["a.sarif"], tests: ["t.xml"] },
      { sarif: ["b.sarif"] },
    ];
    assert.equal(
      sonarProperties(tree, "shop", reports),
      `sonar.projectKey=shop
sonar.sourceEncoding=UTF-8
sonar.sources=apps,index.ts,lib
sonar.tests=apps/shop/t,test
sonar.exclusions=apps/shop/t/**,test/**
sonar.javascript.lcov.reportPaths=reports/lcov.info
sonar.testExecutionReportPaths=t.xml
sonar.sarifReportPaths=a.sarif,b.sarif
`,
    );
    assert.deepEqual(
      sources(tree, (file) => file.endsWith(".ts")),
      ["index.ts", "lib"],
    );
  });

  it("know where Perl projects are", () => {
    assert.deepEqual(perlFolders(tree), ["."]);
    assert.deepEqual(perlFolders({ ...tree, files: [...tree.files, "apps/shop/cpanfile"] }), ["apps/shop"]);
    assert.deepEqual(perlFolders({ ...tree, files: ["cpanfile"] }), []);
  });
});
