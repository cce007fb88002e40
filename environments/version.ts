import { createHash } from "node:crypto";

/** The parts of a version. */
export interface VersionParts {
  /** Time of the commit; whole seconds, UTC. */
  readonly time: Date;
  readonly branch: string;
  /** `MAJOR.MINOR.PATCH`, and `-PRERELEASE` where there is one. */
  readonly semver: string;
}

/** A version must fit into a Kubernetes label's value, the narrowest place it is written to; image tags may have 128. */
const LONGEST = 63;
const STAMP = "YYYYMMDD.HHMMSS".length;
const HASH = 8;
/** Leaves room for a branch of which nothing but its hash is kept. */
const LONGEST_SEMVER = LONGEST - STAMP - HASH - 2;

const NUMBER = "(?:0|[1-9][0-9]*)";
const IDENTIFIER = `(?:${NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)`;
const SEMVER = `${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIER}(?:\\.${IDENTIFIER})*)?`;
// A branch has no dots, so the first number before a dot begins the semantic version.
const VERSION = new RegExp(`^([0-9]{8})\\.([0-9]{6})-([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)-(${SEMVER})$`);
const BUILD = /\+[0-9A-Za-z.-]+$/;

/**
 * The version of a commit: `YYYYMMDD.HHMMSS-branch-MAJOR.MINOR.PATCH`, such as `20170717.111749-master-1.2.3`.
 * The branch is made safe for tags and labels, and shortened with a hash where it would be too long. A prerelease stays
 * (`-1.2.3-rc.1`). Build metadata (`+build.5`) is left out: neither tags nor labels may have a `+`, and semantic
 * versioning gives it no meaning in order.
 *
 * @throws RangeError where `semverProblem` finds something.
 */
export function formatVersion({ time, branch, semver }: VersionParts): string {
  const problem = semverProblem(semver);
  if (problem !== undefined) throw new RangeError(problem);
  const kept = semver.replace(BUILD, "");
  const room = LONGEST - STAMP - kept.length - 2;
  return `${stampOf(time)}-${safeBranch(branch, room)}-${kept}`;
}

/** What keeps a semantic version from being part of a version, with what is expected instead. */
export function semverProblem(semver: string): string | undefined {
  const kept = semver.replace(BUILD, "");
  if (!new RegExp(`^${SEMVER}$`).test(kept)) {
    return `"${semver}" is no semantic version; expected one such as 1.2.3 or 1.2.3-rc.1`;
  }
  if (kept.length > LONGEST_SEMVER) {
    return `the semantic version ${kept} has ${kept.length} characters, and ${LONGEST_SEMVER} fit into a label`;
  }
  return kept.endsWith("-")
    ? `the semantic version ${kept} ends with a dash, which a label cannot`
    : undefined;
}

/** The parts of a version, the branch in its safe form; `undefined` where it is none. */
export function parseVersion(version: string): VersionParts | undefined {
  const [, day = "", clock = "", branch, semver] = VERSION.exec(version) ?? [];
  if (branch === undefined || semver === undefined) return undefined;
  const iso = `${day}T${clock}Z`.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5");
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return undefined;
  const parts = { time, branch, semver };
  // What `formatVersion` would not write, such as the 30th of February or what is too long, is no version.
  return semverProblem(semver) === undefined && formatVersion(parts) === version ? parts : undefined;
}

/**
 * The order of versions: by the time of their commits, then as semantic versions, then by branch. What is no version
 * comes before all that are.
 */
export function compareVersions(one: string, other: string): number {
  const [first, second] = [parseVersion(one), parseVersion(other)];
  if (first === undefined || second === undefined) {
    return Number(first !== undefined) - Number(second !== undefined) || compareText(one, other);
  }
  return (
    first.time.getTime() - second.time.getTime() ||
    compareSemver(first.semver, second.semver) ||
    compareText(first.branch, second.branch)
  );
}

/** Precedence as semantic versioning 2.0 has it: a prerelease comes before its release. */
function compareSemver(one: string, other: string): number {
  const [[core, pre], [otherCore, otherPre]] = [splitSemver(one), splitSemver(other)];
  return (
    compareIdentifiers(core, otherCore) ||
    Number(pre.length === 0) - Number(otherPre.length === 0) ||
    compareIdentifiers(pre, otherPre)
  );
}

function splitSemver(semver: string): readonly [core: readonly string[], prerelease: readonly string[]] {
  const [core = "", ...pre] = semver.split("-");
  return [core.split("."), pre.length === 0 ? [] : pre.join("-").split(".")];
}

function compareIdentifiers(one: readonly string[], other: readonly string[]): number {
  for (const [index, word] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    const order = compareIdentifier(word, against);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function compareIdentifier(one: string, other: string): number {
  const [isNumber, isOtherNumber] = [one, other].map((word) => /^[0-9]+$/.test(word));
  // As text of equal length, so that numbers too large for a double are told apart.
  if (isNumber && isOtherNumber) return one.length - other.length || compareText(one, other);
  return Number(isOtherNumber) - Number(isNumber) || compareText(one, other);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function stampOf(time: Date): string {
  return time.toISOString().replace(/[-:]/g, "").replace("T", ".").slice(0, STAMP);
}

function safeBranch(branch: string, room: number): string {
  const safe = branch
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (safe !== "" && safe.length <= room) return safe;
  const hash = createHash("sha256").update(branch).digest("hex").slice(0, HASH);
  const kept = safe.slice(0, Math.max(0, room - hash.length - 1)).replace(/-+$/, "");
  return kept === "" ? hash : `${kept}-${hash}`;
}
