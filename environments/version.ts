import { createHash } from "node:crypto";

/** The parts of a version. */
export interface VersionParts {
  /** Time of the commit; whole seconds, UTC. */
  readonly time: Date;
  readonly branch: string;
  /** `MAJOR.MINOR.PATCH`. */
  readonly semver: string;
}

/** A version must fit into a Kubernetes label's value, the narrowest place it is written to. */
const LONGEST = 63;
const STAMP = "YYYYMMDD.HHMMSS".length;

/**
 * The version of a commit: `YYYYMMDD.HHMMSS-branch-MAJOR.MINOR.PATCH`, such as `20170717.111749-master-1.2.3`.
 * The branch is made safe for tags and labels, and shortened with a hash where it would be too long.
 */
export function formatVersion({ time, branch, semver }: VersionParts): string {
  const stamp = time.toISOString().replace(/[-:]/g, "").replace("T", ".").slice(0, STAMP);
  const room = LONGEST - STAMP - semver.length - 2;
  return `${stamp}-${safeBranch(branch, room)}-${semver}`;
}

function safeBranch(branch: string, room: number): string {
  const safe = branch
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (safe !== "" && safe.length <= room) return safe;
  const hash = createHash("sha256").update(branch).digest("hex").slice(0, 8);
  const kept = safe.slice(0, room - hash.length - 1).replace(/-+$/, "");
  return kept === "" ? hash : `${kept}-${hash}`;
}
