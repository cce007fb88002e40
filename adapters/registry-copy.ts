import { capture } from "./processes";
import { isPlain } from "./registry";
import { registryError } from "./registry-error";
import type { Referrer } from "./referrers";

/** How much a copy sent. */
export interface Moved {
  /** Layers and configurations; what the target had already is not sent. */
  readonly blobs: number;
}

/**
 * Copies an image with everything that refers to it, byte for byte, so that every digest stays what it is.
 * `tagged` are the older signatures, which the target finds by their tags alone.
 */
export async function copyWithReferrers(
  source: { readonly repository: string; readonly digest: string },
  target: string,
  tagged: readonly Referrer[],
): Promise<Moved> {
  const moved = [await copyGraph(`${source.repository}@${source.digest}`, target)];
  for (const { tag } of tagged) {
    if (tag !== undefined) moved.push(await copyTag(`${source.repository}:${tag}`, `${target}:${tag}`));
  }
  return { blobs: moved.reduce((sum, blobs) => sum + blobs, 0) };
}

async function copyGraph(from: string, to: string): Promise<number> {
  const plain = [
    ...(isPlain(from) ? ["--from-plain-http"] : []),
    ...(isPlain(to) ? ["--to-plain-http"] : []),
  ];
  const { exitCode, stdout, stderr } = await capture("oras", [
    "cp",
    "--recursive",
    "--no-tty",
    ...plain,
    from,
    to,
  ]);
  if (exitCode !== 0) throw registryError(/from source registry/.test(stderr) ? from : to, stderr);
  return countMoved(stdout);
}

async function copyTag(from: string, to: string): Promise<number> {
  const { exitCode, stderr } = await capture("crane", ["copy", from, to]);
  if (exitCode !== 0) throw registryError(to, stderr);
  return [...stderr.matchAll(/pushed blob:/g)].length;
}

/** A line of oras says what became of one blob or manifest: `Copied  8e6192d5e97f application/…`. */
function countMoved(stdout: string): number {
  const copied = stdout.split("\n").filter((line) => /^Copied +[0-9a-f]{12} /.test(line));
  return copied.filter((line) => !/\.(manifest|index|manifest\.list)\.v\d(\+json)?$/.test(line)).length;
}
