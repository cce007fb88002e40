import { digestOf, tagDigest } from "../adapters/registry";
import { ReleaseError } from "./errors";
import type { Progress } from "./progress";
import { atRegistry, requireTools } from "./registry-access";

/** The names that an image is to get. */
export interface ImageTags {
  readonly repository: string;
  readonly digest: string;
  /** Names this digest for ever. */
  readonly version: string;
  /** Moves to whatever the stack runs. */
  readonly stack: string;
  readonly progress: Progress;
}

/** What was done to each of the two tags. */
export interface TaggedImage {
  readonly version: "set" | "there";
  readonly stack: "set" | "there";
}

/**
 * Names a digest by its version, which never moves, and by its stack, which does.
 *
 * A registry cannot be told to set a tag only where there is none: of two taggers at once the last one wins. So the
 * version is read again after everything was written, and whoever's digest it does not name then fails. A stack's
 * lock keeps its own runs apart.
 */
export async function tagImage(tags: ImageTags): Promise<TaggedImage> {
  const { repository, digest, version, stack, progress } = tags;
  for (const tag of [version, stack]) checkTag(tag);
  requireTools("crane");
  return atRegistry(`${repository}@${digest} was not tagged ${version}`, async () => {
    const [image, named, runs] = await Promise.all([
      digestOf(`${repository}@${digest}`),
      digestOf(`${repository}:${version}`),
      digestOf(`${repository}:${stack}`),
    ]);
    if (image === undefined) {
      throw new ReleaseError(
        "failed",
        `${repository} does not have ${digest}, so it cannot be tagged ${version}\n` +
          `  look: crane ls ${repository}`,
      );
    }
    checkVersion(tags, named ?? digest);
    if (named === undefined) {
      await tagDigest(repository, digest, version);
      // Whoever lost the version must not take the stack's tag along.
      checkVersion(tags, await digestOf(`${repository}:${version}`));
    }
    if (runs !== digest) await tagDigest(repository, digest, stack);
    await verify(tags);
    progress.step(`${version} and ${stack} name ${digest}`, { repository, digest, version, stack });
    return { version: named === undefined ? "set" : "there", stack: runs === digest ? "there" : "set" };
  });
}

function checkTag(tag: string): void {
  if (/^\w[\w.-]{0,127}$/.test(tag)) return;
  throw new ReleaseError(
    "usage",
    `"${tag}" cannot be an image tag: expected at most 128 letters, digits, "_", "." and "-", ` +
      'beginning with a letter, a digit or "_"',
  );
}

/** A version that names another digest stays as it is. */
function checkVersion({ repository, digest, version }: ImageTags, named: string | undefined): void {
  if (named === digest) return;
  throw new ReleaseError(
    "failed",
    `version ${version} names ${named ?? "nothing"} in ${repository}, not ${digest}: a version never moves\n` +
      `  look: crane digest ${repository}:${version}\n` +
      "  what differs gets a version of its own: commit it",
  );
}

async function verify(tags: ImageTags): Promise<void> {
  const { repository, digest, version, stack } = tags;
  const [named, runs] = await Promise.all([
    digestOf(`${repository}:${version}`),
    digestOf(`${repository}:${stack}`),
  ]);
  checkVersion(tags, named);
  if (runs === digest) return;
  throw new ReleaseError(
    "failed",
    `tag ${stack} names ${runs ?? "nothing"} in ${repository}, not ${digest}: somebody else tags it right now\n` +
      `  look: crane digest ${repository}:${stack}`,
  );
}
