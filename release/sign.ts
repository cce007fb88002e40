import { existsSync } from "node:fs";
import {
  attest,
  CosignError,
  type PredicateType,
  sign,
  type Signing,
  verifiedPredicates,
  verify,
} from "../adapters/cosign";
import { readImageFiles } from "../adapters/image-files";
import { manifestOf } from "../adapters/registry";
import { ReleaseError } from "./errors";
import { listsPackages, packagesOf } from "./packages";
import type { Provenance } from "./provenance";
import { atRegistry, requireTools } from "./registry-access";
import { type SbomSubject, type SpdxDocument, spdxOf } from "./sbom";

export type { Signing } from "../adapters/cosign";

/** Signs the image of a reference `repository@sha256:…`. */
export async function signImage(reference: string, signing: Signing): Promise<void> {
  await signed(`${reference} was not signed`, () => sign(reference, signingSide(signing)));
}

/** Attaches a signed SBOM. */
export async function attachSbom(reference: string, sbom: SpdxDocument, signing: Signing): Promise<void> {
  await attach(reference, "spdxjson", sbom, signing);
}

/** Attaches a signed provenance. */
export async function attachProvenance(
  reference: string,
  provenance: Provenance,
  signing: Signing,
): Promise<void> {
  await attach(reference, "slsaprovenance1", provenance, signing);
}

async function attach(
  reference: string,
  type: PredicateType,
  predicate: object,
  signing: Signing,
): Promise<void> {
  await signed(`${reference} did not get its ${type}`, () =>
    attest(reference, type, predicate, signingSide(signing)),
  );
}

/** Fails unless the image is signed with the key or by the identity that is wanted. */
export async function verifySignature(reference: string, signing: Signing): Promise<void> {
  const trusted = verifyingSide(signing);
  await signed(
    `${reference} is not signed as it must be`,
    () => verify(reference, trusted),
    `\n  wanted: ${"key" in trusted ? `key ${trusted.key}` : `${trusted.identity} by ${trusted.issuer}`}` +
      "\n  sign it where it was built: stagewright sign --stack STACK",
  );
}

/** The SBOMs or provenances of an image whose signature holds; fails when there is none. */
export async function readPredicates(
  reference: string,
  type: PredicateType,
  signing: Signing,
): Promise<unknown[]> {
  return signed(`${reference} has no ${type} that can be trusted`, () =>
    verifiedPredicates(reference, type, verifyingSide(signing)),
  );
}

/** Lists what is in an image, of all its platforms, from its own layers. */
export async function makeSbom(subject: SbomSubject): Promise<SpdxDocument> {
  requireTools("crane");
  const { repository, digest } = subject;
  return atRegistry(`the packages of ${repository}@${digest} cannot be listed`, async () => {
    const index = (await manifestOf(`${repository}@${digest}`))?.manifests;
    // BuildKit keeps its own statements in an index too, as images for no system.
    const images = index?.filter(({ platform }) => platform?.os !== "unknown").map((child) => child.digest);
    const packages = [];
    for (const image of images ?? [digest]) {
      packages.push(...packagesOf(await readImageFiles(`${repository}@${image}`, listsPackages)));
    }
    const unique = new Map(packages.map((entry) => [entry.purl, entry]));
    return spdxOf(subject, [...unique.values()]);
  });
}

async function signed<T>(failure: string, work: () => Promise<T>, advice = ""): Promise<T> {
  requireTools("cosign");
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CosignError)) throw error;
    throw new ReleaseError("failed", `${failure}: ${error.message}${advice}`);
  }
}

const isFile = (key: string) => !key.includes("://");

/** The private half of a pair of files, with its password in COSIGN_PASSWORD; key services keep theirs. */
function signingSide(signing: Signing): Signing {
  if (!("key" in signing) || !isFile(signing.key)) return signing;
  const key = signing.key.replace(/\.pub$/, ".key");
  if (!existsSync(key)) {
    throw new ReleaseError("usage", `there is no key ${key} to sign with: cosign generate-key-pair`);
  }
  if (process.env["COSIGN_PASSWORD"] === undefined) {
    throw new ReleaseError("usage", `the password of ${key} is missing: export COSIGN_PASSWORD=…`);
  }
  return { key };
}

/** The public half. */
function verifyingSide(signing: Signing): Signing {
  if (!("key" in signing) || !isFile(signing.key)) return signing;
  const key = signing.key.replace(/\.key$/, ".pub");
  if (existsSync(key)) return { key };
  throw new ReleaseError(
    "usage",
    `there is no key ${key} to verify with: cosign public-key --key ${key.replace(/\.pub$/, ".key")} --outfile ${key}`,
  );
}
