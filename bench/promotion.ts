import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import { missingReleaseTools } from "../adapters/release-tools";
import { copyImage } from "../release/copy-image";
import { startFront } from "../test/support/registry-front";
import { pushImage, type Registry, startCraneRegistry } from "../test/support/registries";

/** Our promotion, or the copy of the image alone. */
export type Tool = "ours" | "crane copy";

/** Ways to promote one image. */
export interface Promotion {
  /** Copies into a fresh registry and gives the seconds. */
  readonly copy: (tool: Tool) => Promise<number>;
  /** Promotes twice into one registry and gives how many blobs it was sent. */
  readonly copyAgain: () => Promise<{ readonly first: number; readonly second: number }>;
}

interface Image {
  readonly repository: string;
  readonly digest: string;
}

const execute = promisify(execFile);
const LAYERS = 6;
const LAYER_BYTES = 10 * 2 ** 20;
const silent = { step: () => undefined, warn: () => undefined };

/** What the comparison needs and this machine lacks. */
export const missingForPromotion = () => missingReleaseTools(["crane", "oras"]);

/** Lends ways to promote an image of 60 MiB that has an SBOM. */
export async function withPromotion<T>(use: (promotion: Promotion) => Promise<T>): Promise<T> {
  const source = await startCraneRegistry();
  try {
    const image = await makeImage(`${source.address}/blog`);
    return await use({
      copy: (tool) => withTarget((target) => timed(() => run(tool, image, `${target.address}/blog`))),
      copyAgain: () => withTarget((target) => countTwice(image, target)),
    });
  } finally {
    await source.stop();
  }
}

async function makeImage(repository: string): Promise<Image> {
  const layers = Array.from({ length: LAYERS }, (_, index) => ({ [`${index}`]: randomBytes(LAYER_BYTES) }));
  const digest = await pushImage(repository, layers);
  const folder = await mkdtemp(join(tmpdir(), "stagewright-bench-"));
  try {
    await writeFile(join(folder, "sbom.json"), JSON.stringify({ spdxVersion: "SPDX-2.3" }));
    const type = ["--artifact-type", "application/spdx+json"];
    const reference = `${repository}@${digest}`;
    await execute("oras", ["attach", "--plain-http", ...type, reference, "sbom.json"], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
  return { repository, digest };
}

async function withTarget<T>(use: (target: Registry) => Promise<T>): Promise<T> {
  const target = await startCraneRegistry();
  try {
    return await use(target);
  } finally {
    await target.stop();
  }
}

async function run(tool: Tool, { repository, digest }: Image, to: string): Promise<void> {
  if (tool === "ours") await copyImage({ from: repository, digest, to, progress: silent });
  else await execute("crane", ["copy", `${repository}@${digest}`, `${to}@${digest}`]);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function countTwice(image: Image, target: Registry): Promise<{ first: number; second: number }> {
  const front = await startFront(target);
  try {
    await run("ours", image, `${front.address}/blog`);
    const first = front.sent.blobs;
    front.reset();
    await run("ours", image, `${front.address}/blog`);
    return { first, second: front.sent.blobs };
  } finally {
    await front.stop();
  }
}
