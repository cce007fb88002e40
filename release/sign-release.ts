import { ReleaseError } from "./errors";
import type { Progress } from "./progress";
import { type Build, provenanceOf } from "./provenance";
import {
  attachProvenance,
  attachSbom,
  makeSbom,
  readPredicates,
  signImage,
  type Signing,
  verifySignature,
} from "./sign";

/** An image that is to be signed, and how it came to be. */
export interface SignedRelease {
  readonly digest: string;
  /** When the commit was made, ISO 8601. */
  readonly created: string;
  readonly build: Build;
  readonly signing: Signing;
  readonly progress: Progress;
}

/** What was made now, and what was there. */
export interface SignedParts {
  readonly signature: "made" | "there";
  readonly sbom: "made" | "there";
  readonly provenance: "made" | "there";
}

/** Signs an image, and attaches its SBOM and provenance; what is there and holds is left as it is. */
export async function signRelease(release: SignedRelease): Promise<SignedParts> {
  const { digest, created, build, signing, progress } = release;
  const { repository } = build;
  const reference = `${repository}@${digest}`;
  const make = async (part: string, holds: () => Promise<unknown>, work: () => Promise<void>) => {
    if (await succeeds(holds)) return "there";
    progress.step(`${part} of ${reference}`);
    await work();
    await holds();
    return "made";
  };
  return {
    sbom: await make(
      "SBOM",
      () => readPredicates(reference, "spdxjson", signing),
      async () => attachSbom(reference, await makeSbom({ repository, digest, created }), signing),
    ),
    provenance: await make(
      "provenance",
      () => readPredicates(reference, "slsaprovenance1", signing),
      () => attachProvenance(reference, provenanceOf(build), signing),
    ),
    // Last, so that a signature says that all of it is there.
    signature: await make(
      "signature",
      () => verifySignature(reference, signing),
      () => signImage(reference, signing),
    ),
  };
}

async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof ReleaseError && error.kind === "failed") return false;
    throw error;
  }
}
