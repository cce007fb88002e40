import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatVersion } from "../../environments/version";

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
