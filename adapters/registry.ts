import { capture } from "./processes";
import { registryError, registryOf, saysAbsent } from "./registry-error";

/** A manifest, as far as we read it: of an image, or of an index of several. */
export interface Manifest {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string; readonly size: number }[];
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly os: string; readonly architecture: string };
  }[];
}

/** Docker's own rule: a registry on the loopback is spoken to in plain http. */
export function isPlain(reference: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(registryOf(reference));
}

/** Asks crane about a reference; `undefined` when the registry answers that it does not have it. */
async function crane(reference: string, ...args: string[]): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await capture("crane", args);
  if (exitCode === 0) return stdout;
  if (saysAbsent(stderr)) return undefined;
  throw registryError(reference, stderr);
}

/** The digest that a tag or digest names; `undefined` when the registry has none such. */
export async function digestOf(reference: string): Promise<string | undefined> {
  return (await crane(reference, "digest", reference))?.trim();
}

/** The manifest of a reference; `undefined` when the registry has none such. */
export async function manifestOf(reference: string): Promise<Manifest | undefined> {
  const text = await crane(reference, "manifest", reference);
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}

/** Every tag of a repository; none when there is no such repository. */
export async function tagsOf(repository: string): Promise<string[]> {
  const text = (await crane(repository, "ls", repository)) ?? "";
  return text.split("\n").filter(Boolean);
}

/** Lets a tag name a digest, whatever it named before. */
export async function tagDigest(repository: string, digest: string, tag: string): Promise<void> {
  const reference = `${repository}@${digest}`;
  const { exitCode, stderr } = await capture("crane", ["tag", reference, tag]);
  if (exitCode !== 0) throw registryError(reference, stderr);
}

/** Writes the whole file system of an image, its layers put upon each other, into an archive. */
export async function exportImage(reference: string, file: string): Promise<void> {
  const { exitCode, stderr } = await capture("crane", ["export", reference, file]);
  if (exitCode !== 0) throw registryError(reference, stderr);
}
