import { capture } from "./processes";
import { digestOf, isPlain, manifestOf, tagsOf } from "./registry";
import { registryError, saysAbsent } from "./registry-error";

/** What belongs to an image: a signature, an SBOM, an attestation. */
export interface Referrer {
  readonly digest: string;
  readonly type: string;
  /** The tag that it is found by, where it is one of the older signatures that refer by their name alone. */
  readonly tag?: string;
}

interface Discovered {
  readonly digest: string;
  readonly artifactType?: string;
  readonly mediaType?: string;
  readonly referrers?: readonly Discovered[];
}

/** Everything that refers to an image, to the images of an index, and to what refers to them. */
export async function referrersOf(repository: string, digest: string): Promise<Referrer[]> {
  const [manifest, tags] = await Promise.all([manifestOf(`${repository}@${digest}`), tagsOf(repository)]);
  const subjects = [digest, ...(manifest?.manifests ?? []).map((child) => child.digest)];
  const found = await Promise.all([
    ...subjects.map((subject) => discover(`${repository}@${subject}`)),
    ...namedAfter(subjects, tags).map((tag) => behindTag(repository, tag)),
  ]);
  const unique = new Map(
    found.flat().map((referrer) => [`${referrer.tag ?? ""} ${referrer.digest}`, referrer]),
  );
  return [...unique.values()];
}

/** Asks the referrers API, or reads the tag that stands in for it where a registry has none. */
async function discover(reference: string): Promise<Referrer[]> {
  const plain = isPlain(reference) ? ["--plain-http"] : [];
  const { exitCode, stdout, stderr } = await capture("oras", [
    "discover",
    ...plain,
    "--format",
    "json",
    reference,
  ]);
  if (exitCode !== 0) {
    if (saysAbsent(stderr)) return [];
    throw registryError(reference, stderr);
  }
  return flatten((JSON.parse(stdout) as Discovered).referrers ?? []);
}

function flatten(found: readonly Discovered[]): Referrer[] {
  return found.flatMap(({ digest, artifactType, mediaType, referrers }) => [
    { digest, type: artifactType ?? mediaType ?? "" },
    ...flatten(referrers ?? []),
  ]);
}

/** Signatures of cosign before its version 3 are tags made of the digest that they sign. */
function namedAfter(subjects: readonly string[], tags: readonly string[]): string[] {
  const names = new Set(
    subjects.flatMap((subject) =>
      ["sig", "att", "sbom"].map((kind) => `${subject.replace(":", "-")}.${kind}`),
    ),
  );
  return tags.filter((tag) => names.has(tag));
}

async function behindTag(repository: string, tag: string): Promise<Referrer[]> {
  const digest = await digestOf(`${repository}:${tag}`);
  return digest === undefined ? [] : [{ digest, type: `cosign .${tag.split(".").at(-1)}`, tag }];
}
