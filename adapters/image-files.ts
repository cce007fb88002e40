import { lstat, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture } from "./processes";
import { exportImage } from "./registry";

/** A file of an image, with its path from the root and without a leading slash. */
export interface ImageFile {
  readonly path: string;
  readonly content: string;
}

/** Reads those files of an image whose path is wanted, as its layers put upon each other give them. */
export async function readImageFiles(
  reference: string,
  wanted: (path: string) => boolean,
): Promise<ImageFile[]> {
  const folder = await mkdtemp(join(tmpdir(), "stagewright-image-"));
  try {
    const archive = join(folder, "image.tar");
    const root = join(folder, "root");
    await exportImage(reference, archive);
    const listed = await tar("", "--list", "--quoting-style", "literal", "--file", archive);
    const members = listed.split("\n").filter((member) => wanted(plain(member)));
    if (members.length === 0) return [];
    await mkdir(root);
    const unpack = ["--extract", "--no-same-owner", "--file", archive, "--directory", root];
    await tar(members.join("\n"), ...unpack, "--verbatim-files-from", "--files-from", "-");
    return (await Promise.all(members.map((member) => readRegular(root, member)))).flat();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const plain = (member: string) => member.replace(/^\.?\/+/, "");

/** A link in an image may name any file of this machine, so none is followed. */
async function readRegular(root: string, member: string): Promise<ImageFile[]> {
  const file = join(root, member);
  if (!(await lstat(file)).isFile()) return [];
  return [{ path: plain(member), content: await readFile(file, "utf8") }];
}

async function tar(input: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await capture("tar", args, { input });
  if (exitCode !== 0) throw new Error(`the files of an image cannot be read: ${stderr}`);
  return stdout;
}
