import assert from "node:assert/strict";

/** An element of a small XML document without text between attributes' quotes that holds markup. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
}

/** Reads XML as strictly as our own reports need it: well formed, one root. */
export function readXml(text: string): Element {
  const top: Element = { name: "", attributes: {}, children: [] };
  const open: Element[] = [top];
  const rest = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, "");
  assert.notEqual(rest, text, "no XML declaration");
  const tags = /<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|([^<]+)/g;
  let end = 0;
  for (const { 0: whole, 1: closes, 2: name = "", 3: words = "", 4: alone, index } of rest.matchAll(tags)) {
    assert.equal(index, end, `not well formed at ${rest.slice(end, end + 40)}`);
    end = index + whole.length;
    if (name === "") continue;
    if (closes) {
      assert.equal(open.pop()?.name, name);
      continue;
    }
    const attributes = Object.fromEntries(
      [...words.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
    );
    const element = { name, attributes, children: [] };
    open.at(-1)?.children.push(element);
    if (!alone) open.push(element);
  }
  assert.equal(end, rest.length);
  const [root, ...more] = top.children;
  assert.ok(root && more.length === 0 && open.length === 1, "not one root");
  return root;
}

/** What may stand in an element: its attributes by pattern, an optional one's in brackets, and its children. */
interface Shape {
  readonly attributes: Readonly<Record<string, RegExp | readonly [optional: RegExp]>>;
  readonly children?: Readonly<Record<string, Shape>>;
}

function assertShape(element: Element, shape: Shape): void {
  for (const key of Object.keys(element.attributes))
    assert.ok(key in shape.attributes, `${element.name}/@${key}`);
  for (const [key, rule] of Object.entries(shape.attributes)) {
    const value = element.attributes[key];
    const pattern = rule instanceof RegExp ? rule : rule[0];
    if (value === undefined) assert.ok(!(rule instanceof RegExp), `${element.name} lacks @${key}`);
    else assert.match(value, pattern, `${element.name}/@${key}`);
  }
  for (const child of element.children) {
    const inner = shape.children?.[child.name];
    assert.ok(inner, `${element.name}/${child.name}`);
    assertShape(child, inner);
  }
}

const ANY = /[\s\S]*/;
const VERSION = /^1$/;
const NATURAL = /^\d+$/;
const REASON: Shape = { attributes: { message: /[\s\S]+/ } };

/** As `sonar-generic-coverage.xsd` in SonarSource's documentation "Generic test data" has it. */
export function assertSonarCoverage(text: string): void {
  const root = readXml(text);
  assert.equal(root.name, "coverage");
  const line: Shape = {
    attributes: {
      lineNumber: /^[1-9]\d*$/,
      covered: /^(true|false)$/,
      branchesToCover: [NATURAL],
      coveredBranches: [NATURAL],
    },
  };
  assertShape(root, {
    attributes: { version: VERSION },
    children: { file: { attributes: { path: /^[^/]/ }, children: { lineToCover: line } } },
  });
}

/** As the same page has `sonar-generic-test-execution.xsd`: the duration is whole milliseconds. */
export function assertSonarTests(text: string): void {
  const root = readXml(text);
  assert.equal(root.name, "testExecutions");
  const one: Shape = {
    attributes: { name: /[\s\S]+/, duration: NATURAL },
    children: { failure: REASON, error: REASON, skipped: REASON },
  };
  assertShape(root, {
    attributes: { version: VERSION },
    children: { file: { attributes: { path: /^[^/]/ }, children: { testCase: one } } },
  });
}

/** What GitLab ("Unit test reports") and Jenkins (the JUnit plugin's `junit-10.xsd`) read alike. */
export function assertJUnit(text: string): void {
  const root = readXml(text);
  assert.equal(root.name, "testsuites");
  const counts = { tests: NATURAL, failures: NATURAL, errors: NATURAL, skipped: NATURAL };
  const one: Shape = {
    attributes: { classname: /./, name: /./, file: /^[^/]/, time: /^[\d.e-]+$/ },
    children: { failure: { attributes: { message: ANY } }, skipped: { attributes: {} } },
  };
  const suite: Shape = {
    attributes: { name: /./, ...counts, time: /^[\d.e-]+$/ },
    children: { testcase: one },
  };
  assertShape(root, { attributes: { name: /./, ...counts }, children: { testsuite: suite } });
}
