import assert from "node:assert/strict";
import * as fc from "fast-check";
import { compareVersions, formatVersion, parseVersion, semverProblem } from "../../environments/version";

const time = new Date("2017-07-17T11:17:49Z");
const semver = "1.2.3";
const of = (branch: string) => formatVersion({ time, branch, semver });

const SHAPE = /^[0-9]{8}\.[0-9]{6}-[a-z0-9-]+-\d+\.\d+\.\d+$/;
const DOCKER_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

const times = fc.date({
  min: new Date("1970-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59Z"),
  noInvalidDate: true,
});
const numbers = fc.nat({ max: 99_999 });
const semvers = fc.tuple(numbers, numbers, numbers).map((parts) => parts.join("."));
const branches = fc.oneof(
  fc.string({ maxLength: 300, size: "max" }),
  fc.string({ unit: "grapheme", maxLength: 100, size: "max" }),
  fc.string({ unit: fc.constantFrom("a", "B", "-", "/", ".", "_"), maxLength: 300, size: "max" }),
);
const parts = fc.record({ time: times, branch: branches, semver: semvers });

const BRANCHES: readonly (readonly [name: string, branch: string, safe: string | RegExp])[] = [
  ["a plain name", "master", "master"],
  ["a path", "feature/login", "feature-login"],
  ["capital letters", "JIRA-123_Fix", "jira-123-fix"],
  ["dots", "release/1.2.x", "release-1-2-x"],
  ["a dot at the end", "topic.", "topic"],
  ["dashes at both ends", "--topic--", "topic"],
  ["runs of symbols", "a//__..b", "a-b"],
  ["an emoji among letters", "fix-🚀-now", "fix-now"],
  ["letters of other alphabets among ours", "größe", "gr-e"],
  ["a CI's merge request", "refs/merge-requests/7/head", "refs-merge-requests-7-head"],
  ["only symbols", "///", /^[0-9a-f]{8}$/],
  ["only an emoji", "🚀", /^[0-9a-f]{8}$/],
  ["another alphabet alone", "ветка", /^[0-9a-f]{8}$/],
  ["a dot and a dot", "..", /^[0-9a-f]{8}$/],
  ["git's own mark of history", "@{-1}", "1"],
  ["that mark alone", "@{", /^[0-9a-f]{8}$/],
  ["a dash alone", "-", /^[0-9a-f]{8}$/],
  ["an option", "--force", "force"],
  ["digits first", "007-bond", "007-bond"],
  ["digits alone", "2026", "2026"],
  ["a semantic version", "1.2.3", "1-2-3"],
  ["a semantic version with a letter", "v1.2.3-rc.1", "v1-2-3-rc-1"],
  ["a version of ours", "20170717.111749-x-1.2.3", "20170717-111749-x-1-2-3"],
  ["a lock of git's", "topic.lock", "topic-lock"],
  ["a line's end and a zero byte", "a\nb\0c", "a-b-c"],
  ["a command", "$(reboot);`id`", "reboot-id"],
  ["letters that grow when made small", "İstanbul", "i-stanbul"],
  ["half a letter", "a\ud83db", "a-b"],
  ["300 letters of another alphabet", "ж".repeat(300), /^[0-9a-f]{8}$/],
  ["300 slashes between letters", "a/".repeat(300), /^a(?:-a)+-[0-9a-f]{8}$/],
  ["nothing at all", "", /^[0-9a-f]{8}$/],
  ["300 letters", "x".repeat(300), /^x{32}-[0-9a-f]{8}$/],
  ["a dash where it is cut", `${"x".repeat(31)}-${"y".repeat(30)}`, /^x{31}-[0-9a-f]{8}$/],
];

describe("the version of a commit", () => {
  it("is the time in UTC, the branch and the semantic version", () => {
    assert.equal(of("master"), "20170717.111749-master-1.2.3");
    const elsewhere = new Date("2017-07-17T01:17:49-10:00");
    assert.equal(formatVersion({ time: elsewhere, branch: "master", semver }), of("master"));
  });

  for (const [name, branch, safe] of BRANCHES) {
    it(`makes a branch safe: ${name}`, () => {
      const match = /^20170717\.111749-(.+)-1\.2\.3$/.exec(of(branch));
      if (typeof safe === "string") assert.equal(match?.[1], safe);
      else assert.match(match?.[1] ?? "", safe);
      assert.match(of(branch), LABEL_VALUE);
    });
  }

  it("keeps a branch whole as long as there is room", () => {
    assert.equal(of("x".repeat(41)).length, 63);
    assert.ok(of("x".repeat(41)).includes("x".repeat(41)));
    assert.ok(!of("x".repeat(42)).includes("x".repeat(33)));
  });

  it("always fits a tag and a label, and looks the same way", () => {
    fc.assert(
      fc.property(parts, (given) => {
        const version = formatVersion(given);
        assert.ok(version.length <= 63);
        assert.match(version, SHAPE);
        assert.match(version, DOCKER_TAG);
        assert.match(version, LABEL_VALUE);
      }),
      { numRuns: 500 },
    );
  });

  it("is the same for the same commit", () => {
    fc.assert(
      fc.property(parts, (given) => {
        assert.equal(formatVersion({ ...given, time: new Date(given.time) }), formatVersion(given));
      }),
    );
  });

  it("differs between long branches that begin alike", () => {
    const ends = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(..."abcdef") });
    fc.assert(
      fc.property(ends, ends, (one, other) => {
        fc.pre(one !== other);
        const start = "feature/a-very-long-name-that-is-cut-somewhere-";
        assert.notEqual(of(start + one), of(start + other));
      }),
    );
  });

  it("differs between long branches that only symbols tell apart", () => {
    const long = "a-very-long-name-that-is-cut-somewhere-else";
    assert.notEqual(of(`feature/${long}`), of(`feature-${long}`));
    assert.notEqual(of(`Feature/${long}`), of(`feature/${long}`));
  });

  it("sorts as text in the order of the commits", () => {
    fc.assert(
      fc.property(times, times, semvers, (one, other, semver) => {
        const [earlier, later] = one < other ? [one, other] : [other, one];
        fc.pre(later.getTime() - earlier.getTime() >= 1000);
        const [first, second] = [earlier, later].map((time) =>
          formatVersion({ time, branch: "main", semver }),
        );
        assert.ok((first ?? "") < (second ?? ""));
      }),
    );
  });
});

const identifiers = fc.oneof(
  fc.nat({ max: 9999 }).map(String),
  fc
    .string({ unit: fc.constantFrom(..."abcXYZ09-"), minLength: 1, maxLength: 6 })
    .filter((word) => /[A-Za-z-]/.test(word) && !word.endsWith("-")),
);
const prereleases = fc
  .array(identifiers, { maxLength: 3 })
  .map((words) => (words.length === 0 ? "" : `-${words.join(".")}`));
const builds = fc.constantFrom("", "+build.5", "+001", "+exp.sha-5114f85");
const core = fc.array(fc.nat({ max: 999 }), { minLength: 3, maxLength: 3 }).map((all) => all.join("."));
const released = fc.record({
  time: times,
  branch: branches,
  semver: fc.tuple(core, prereleases).map((all) => all.join("")),
});
const versions = released.map(formatVersion);
const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

const at = (semver: string) => formatVersion({ time, branch: "master", semver });

describe("a version with a prerelease", () => {
  it("keeps it, and leaves build metadata out", () => {
    assert.equal(at("1.2.3-rc.1"), "20170717.111749-master-1.2.3-rc.1");
    assert.equal(at("1.2.3-rc.1+build.5"), "20170717.111749-master-1.2.3-rc.1");
    assert.equal(at("1.2.3+build.5"), "20170717.111749-master-1.2.3");
  });

  it("always fits a tag and a label", () => {
    fc.assert(
      fc.property(released, builds, (given, build) => {
        const version = formatVersion({ ...given, semver: given.semver + build });
        assert.match(version, DOCKER_TAG);
        assert.match(version, LABEL_VALUE);
        assert.equal(version, formatVersion(given));
      }),
      { numRuns: 500 },
    );
  });

  const BAD: readonly (readonly [semver: string, problem: RegExp])[] = [
    ["", /^"" is no semantic version; expected one such as 1\.2\.3/],
    ["1.2", /no semantic version/],
    ["v1.2.3", /no semantic version/],
    ["01.2.3", /no semantic version/],
    ["1.2.3-", /no semantic version/],
    ["1.2.3-rc..1", /no semantic version/],
    ["1.2.3-01", /no semantic version/],
    ["1.2.3+", /no semantic version/],
    ["1.2.3-größe", /no semantic version/],
    ["1.2.3\n", /no semantic version/],
    ["1.2.3-rc-", /ends with a dash/],
    [`1.2.3-${"a".repeat(33)}`, /has 39 characters, and 38 fit into a label/],
  ];
  for (const [semver, problem] of BAD) {
    it(`is refused where it cannot be one: ${JSON.stringify(semver)}`, () => {
      assert.match(semverProblem(semver) ?? "", problem);
      assert.throws(() => formatVersion({ time, branch: "master", semver }), {
        name: "RangeError",
        message: problem,
      });
    });
  }

  it("may be as long as leaves room for the branch's hash", () => {
    const longest = `1.2.3-${"a".repeat(32)}`;
    const of = (branch: string) => formatVersion({ time, branch, semver: longest });
    assert.equal(of("master"), `20170717.111749-master-${longest}`);
    assert.equal(of("feature/login").length, 63);
    assert.match(of("feature/login"), /^20170717\.111749-[0-9a-f]{8}-1\.2\.3-a{32}$/);
  });
});

describe("the parts of a version", () => {
  it("are what it was made of: the second, the safe branch and the semantic version", () => {
    assert.deepEqual(parseVersion("20170717.111749-master-1.2.3"), { time, branch: "master", semver });
    fc.assert(
      fc.property(released, (given) => {
        const version = formatVersion(given);
        const parts = parseVersion(version);
        assert.ok(parts);
        assert.equal(seconds(parts.time), seconds(given.time));
        assert.equal(parts.semver, given.semver);
        assert.equal(formatVersion(parts), version);
      }),
      { numRuns: 500 },
    );
  });

  for (const [name, branch] of BRANCHES) {
    it(`are found whatever the branch was called: ${name}`, () => {
      const parts = parseVersion(formatVersion({ time, branch, semver: "1.2.3-rc.1" }));
      assert.equal(parts?.semver, "1.2.3-rc.1");
      assert.deepEqual(parts.time, time);
    });
  }

  const NONE = [
    "",
    "latest",
    "1.2.3",
    "20170717.111749-1.2.3",
    "20170717.111749--1.2.3",
    "20170717.111749-master-1.2",
    "20170717.111749-Master-1.2.3",
    "20170717.111749-a.b-1.2.3",
    "20170717.111749-master-1.2.3+build",
    "20170717.111749-master-01.2.3",
    "20170717.111749-master-1.2.3-",
    "20170230.111749-master-1.2.3",
    "20171317.111749-master-1.2.3",
    "20170717.241749-master-1.2.3",
    "20170717.111760-master-1.2.3",
    " 20170717.111749-master-1.2.3",
    "20170717.111749-master-1.2.3\n",
    `20170717.111749-${"x".repeat(42)}-1.2.3`,
  ];
  for (const text of NONE) {
    it(`are not there where it is none: ${JSON.stringify(text)}`, () => {
      assert.equal(parseVersion(text), undefined);
    });
  }
});

describe("the order of versions", () => {
  const ORDERED = [
    "latest",
    "20170717.111748-z-9.9.9",
    "20170717.111749-master-1.2.3-1",
    "20170717.111749-master-1.2.3-2",
    "20170717.111749-master-1.2.3-10",
    "20170717.111749-master-1.2.3-alpha",
    "20170717.111749-master-1.2.3-alpha.1",
    "20170717.111749-master-1.2.3-alpha.beta",
    "20170717.111749-master-1.2.3-rc.1",
    "20170717.111749-master-1.2.3",
    "20170717.111749-topic-1.2.3",
    "20170717.111749-master-1.10.0",
    "20170717.111750-a-0.0.1",
  ];

  it("is that of the commits, then that of semantic versions, then that of branches", () => {
    assert.deepEqual(ORDERED.toReversed().toSorted(compareVersions), ORDERED);
    for (const [index, version] of ORDERED.entries()) {
      for (const [place, other] of ORDERED.entries()) {
        assert.equal(
          Math.sign(compareVersions(version, other)),
          Math.sign(index - place),
          `${version} ${other}`,
        );
      }
    }
  });

  it("follows the time of the commit whatever the rest is", () => {
    fc.assert(
      fc.property(released, released, (one, other) => {
        const order = Math.sign(compareVersions(formatVersion(one), formatVersion(other)));
        const difference = seconds(one.time) - seconds(other.time);
        if (difference !== 0) assert.equal(order, Math.sign(difference));
      }),
    );
  });

  it("is one order: nothing is before itself, and what comes before comes before all after", () => {
    const few = fc.constantFrom(...ORDERED);
    const any = fc.oneof(few, versions, fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(any, any, any, (one, other, third) => {
        assert.equal(Math.sign(compareVersions(one, other)), -Math.sign(compareVersions(other, one)) || 0);
        assert.equal(compareVersions(one, other) === 0, one === other);
        if (compareVersions(one, other) <= 0 && compareVersions(other, third) <= 0) {
          assert.ok(compareVersions(one, third) <= 0);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
