import { digestOf } from "../adapters/registry";
import { copyWithReferrers } from "../adapters/registry-copy";
import { type Referrer, referrersOf } from "../adapters/referrers";
import { ReleaseError } from "./errors";
import type { Progress } from "./progress";
import { atRegistry, requireTools } from "./registry-access";

/** An image in one repository that another one is to have as well. */
export interface ImageCopy {
  readonly from: string;
  readonly digest: string;
  readonly to: string;
  readonly progress: Progress;
}

/** What a copy brought. */
export interface CopiedImage {
  /** Layers and configurations that were sent; none when the target had them all. */
  readonly moved: number;
  /** Signatures, SBOMs and attestations that are with the image. */
  readonly referrers: readonly Referrer[];
}

/**
 * Copies an image with its signatures, SBOM and attestations to another repository, byte for byte, and looks
 * afterwards whether all of it is there. Done again, it sends nothing and looks.
 */
export async function copyImage({ from, digest, to, progress }: ImageCopy): Promise<CopiedImage> {
  requireTools("crane", "oras");
  return atRegistry(`${from}@${digest} was not copied to ${to}`, async () => {
    const [source, wanted, present, held] = await Promise.all([
      digestOf(`${from}@${digest}`),
      referrersOf(from, digest),
      digestOf(`${to}@${digest}`),
      referrersOf(to, digest),
    ]);
    if (source === undefined) throw absent(from, digest, "the source does not have it");
    if (present !== undefined && missingOf(wanted, held).length === 0) {
      progress.step(`${to} has ${digest} already, with ${wanted.length} referrers`, { moved: 0 });
      return { moved: 0, referrers: wanted };
    }
    progress.step(`copying ${from}@${digest} to ${to}`);
    const { blobs } = await copyWithReferrers(
      { repository: from, digest },
      to,
      wanted.filter(({ tag }) => tag !== undefined),
    );
    await verify(to, digest, wanted);
    progress.step(`${to} has ${digest}, with ${wanted.length} referrers`, { moved: blobs });
    return { moved: blobs, referrers: wanted };
  });
}

const nameOf = ({ digest, tag }: Referrer) => `${tag ?? ""} ${digest}`;

function missingOf(wanted: readonly Referrer[], held: readonly Referrer[]): Referrer[] {
  const names = new Set(held.map(nameOf));
  return wanted.filter((referrer) => !names.has(nameOf(referrer)));
}

/** A list may name what is not there, so each referrer is looked up by itself too. */
async function verify(repository: string, digest: string, wanted: readonly Referrer[]): Promise<void> {
  const [found, held, ...each] = await Promise.all([
    digestOf(`${repository}@${digest}`),
    referrersOf(repository, digest),
    ...wanted.map((referrer) => digestOf(`${repository}@${referrer.digest}`)),
  ]);
  if (found !== digest) throw absent(repository, digest, "the image did not arrive");
  const lost = [
    ...missingOf(wanted, held),
    ...wanted.filter((referrer, index) => each[index] !== referrer.digest),
  ];
  const [first] = lost;
  if (first === undefined) return;
  throw absent(
    repository,
    digest,
    `${first.type} ${first.digest} did not arrive`,
    `oras discover ${repository}@${digest}`,
  );
}

function absent(
  repository: string,
  digest: string,
  what: string,
  look = `crane digest ${repository}@${digest}`,
): ReleaseError {
  return new ReleaseError("failed", `${repository}@${digest}: ${what}\n  look: ${look}`);
}
