import { document, element, escapeXml } from "./xml";

/** One test that ran, or was left out. */
export interface TestCase {
  /** Relative to the project. */
  readonly file: string;
  readonly name: string;
  readonly milliseconds: number;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it failed. */
  readonly message?: string;
}

/** How many of each outcome. */
export function tally(tests: readonly TestCase[]): Record<TestCase["outcome"], number> {
  const of = (outcome: TestCase["outcome"]) => tests.filter((test) => test.outcome === outcome).length;
  return { passed: of("passed"), failed: of("failed"), skipped: of("skipped") };
}

function byFile(tests: readonly TestCase[]): [file: string, tests: TestCase[]][] {
  const files = [...new Set(tests.map(({ file }) => file))];
  return files.map((file) => [file, tests.filter((test) => test.file === file)]);
}

/** JUnit's XML, which GitLab and Jenkins read. */
export function toJUnit(suite: string, tests: readonly TestCase[]): string {
  const suites = byFile(tests).map(([file, cases]) => {
    const { failed, skipped } = tally(cases);
    const time = cases.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
    return element(
      "testsuite",
      { name: file, tests: cases.length, failures: failed, errors: 0, skipped, time },
      cases.map(junitCase),
    );
  });
  const { failed, skipped } = tally(tests);
  return document(
    element("testsuites", { name: suite, tests: tests.length, failures: failed, errors: 0, skipped }, suites),
  );
}

function junitCase({ file, name, milliseconds, outcome, message = "" }: TestCase): string {
  const classname = file.replace(/\.[^./]+$/, "").replaceAll("/", ".");
  return element("testcase", { classname, name, file, time: milliseconds / 1000 }, [
    ...(outcome === "failed"
      ? [element("failure", { message: firstLine(message) }, [escapeXml(message)])]
      : []),
    ...(outcome === "skipped" ? [element("skipped", {})] : []),
  ]);
}

/** SonarQube's generic test executions. */
export function toSonarTests(tests: readonly TestCase[]): string {
  const files = byFile(tests).map(([path, cases]) =>
    element(
      "file",
      { path },
      cases.map(({ name, milliseconds, outcome, message = "" }) =>
        element("testCase", { name, duration: Math.round(milliseconds) }, [
          ...(outcome === "failed"
            ? [element("failure", { message: firstLine(message) }, [escapeXml(message)])]
            : []),
          ...(outcome === "skipped" ? [element("skipped", { message: "not run" })] : []),
        ]),
      ),
    ),
  );
  return document(element("testExecutions", { version: 1 }, files));
}

const firstLine = (message: string) => message.split("\n")[0] || "failed";
