import { posix } from "node:path";
import { capture } from "../../adapters/processes";
import { ReleaseError } from "../errors";

/** What a checkout holds: the tracked files, paths relative to its folder. */
export interface Tree {
  readonly directory: string;
  readonly files: readonly string[];
}

/** Lists the tracked files; what git ignores is nobody's source. */
export async function readTree(directory: string): Promise<Tree> {
  const { exitCode, stdout } = await capture("git", ["ls-files", "-z"], { cwd: directory });
  if (exitCode !== 0) {
    throw new ReleaseError(
      "usage",
      `${directory} is no git checkout, so nobody knows what is source: git init`,
    );
  }
  return { directory, files: stdout.split("\0").filter(Boolean) };
}

/** The files below a folder, `.` being all. */
export function filesBelow(files: readonly string[], folder: string): string[] {
  return folder === "." ? [...files] : files.filter((file) => file.startsWith(`${folder}/`));
}

/** Joins a folder and a path in it, without a leading `./`. */
export function pathIn(folder: string, path: string): string {
  return posix.join(folder, path);
}

const PERL = /\.(pm|pl|t)$/;
const PERL_MARKS = new Set(["cpanfile", "Makefile.PL", "Build.PL", "dist.ini"]);

/** True for a file that its name tells to be Perl. */
export function isPerl(file: string): boolean {
  return PERL.test(file);
}

/** True for TypeScript that is written, not generated. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?tsx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file);
}

/** The folders of Perl projects: where a list of modules stands, else the whole checkout. */
export function perlFolders({ files }: Tree): string[] {
  if (!files.some(isPerl)) return [];
  const marked = files
    .filter((file) => PERL_MARKS.has(posix.basename(file)))
    .map((file) => posix.dirname(file));
  return marked.length > 0 ? [...new Set(marked)] : ["."];
}
