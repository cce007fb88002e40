import { createHash } from "node:crypto";
import { ReleaseError } from "./errors";

const PREFIX = "review-";
/** Leaves room in a DNS label for the application's name before it. */
const LONGEST = 30;
/** Stacks and branches that a review must never be taken for. */
const PROTECTED = ["test", "int", "prod", "production", "main", "master", "head", "detached", "unknown"];

/**
 * A branch's name as a part of a DNS label. A name that had to be changed gets a part of its hash, so that no two
 * branches share a stack: `feature/x` and `feature-x` are two.
 */
export function slugOf(branch: string): string {
  const plain = branch.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  if (plain === branch && branch.length <= LONGEST && !/^-|-$/.test(branch)) return branch;
  const hash = createHash("sha256").update(branch).digest("hex").slice(0, 7);
  const kept = plain.slice(0, LONGEST - hash.length - 1).replaceAll(/^-+|-+$/g, "");
  return kept === "" ? hash : `${kept}-${hash}`;
}

/** The stack of a branch. */
export function reviewStackOf(branch: string, defaultBranch?: string): string {
  if (branch.trim() === "" || PROTECTED.includes(branch.toLowerCase()) || branch === defaultBranch) {
    throw new ReleaseError(
      "usage",
      `"${branch}" gets no review app: it is the branch or stack of a release; name the branch under review: ` +
        "stagewright review up --branch feature/x",
    );
  }
  return stackNameOf(branch);
}

/** How the stack of any branch would be called. */
export const stackNameOf = (branch: string): string => `${PREFIX}${slugOf(branch)}`;

/** True for the stack of a branch. */
export function isReview(stack: string): boolean {
  return stack.startsWith(PREFIX) && stack.length > PREFIX.length;
}
