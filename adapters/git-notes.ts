import { git, GitError, identity, must, readObjects, type Repository, writeBlob } from "./git";
import { fetchRef, pause, readLocalRef, swapLocalRef, swapRef } from "./git-refs";

/** The lines of each commit's note. */
export type Notes = ReadonlyMap<string, readonly string[]>;

const ATTEMPTS = 60;

/** Reads the notes of a ref, those of the remote and those that only this checkout has. */
export async function readNotes(repository: Repository, ref: string): Promise<Notes> {
  const { local, shared } = await bothOf(repository, ref);
  const joined = await join(repository, local, shared);
  // Kept here as well, so that the next fetch asks for what is new alone; who is faster may keep it instead.
  if (joined !== undefined && joined === shared) await swapLocalRef(repository, ref, local, joined);
  return joined === undefined ? new Map() : linesOf(repository, await treeOf(repository, joined));
}

/**
 * Adds a line to a commit's note, unless `isThere` finds it among its lines. Several writers at once, here and
 * elsewhere, lose nothing: lines are joined as `git notes merge -s cat_sort_uniq` does it. The commit need not be here.
 */
export async function appendNote(
  repository: Repository,
  ref: string,
  commit: string,
  line: string,
  isThere: (lines: readonly string[]) => boolean,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { local, shared } = await bothOf(repository, ref);
    const joined = await join(repository, local, shared);
    const tree = joined === undefined ? new Map<string, string>() : await treeOf(repository, joined);
    const lines = await linesAt(repository, tree, commit);
    const next =
      joined !== undefined && isThere(lines)
        ? joined
        : await commitTree(
            repository,
            new Map([...tree, [commit, await writeLines(repository, [...lines, line])]]),
            joined === undefined ? [] : [joined],
          );
    // Here first: what the remote refuses now is pushed with the next line.
    if (next !== local && (await swapLocalRef(repository, ref, local, next)) === "moved") continue;
    if (repository.remote === undefined || next === shared) return;
    if ((await swapRef(repository, ref, shared, next)) === "done") return;
    await pause(attempt);
  }
  throw new GitError(`${ref} changes all the time; nothing could be added in ${ATTEMPTS} attempts`);
}

async function bothOf(
  repository: Repository,
  ref: string,
): Promise<{ readonly local: string | undefined; readonly shared: string | undefined }> {
  const local = await readLocalRef(repository, ref);
  return { local, shared: repository.remote === undefined ? local : await fetchRef(repository, ref) };
}

/** One state of the notes that holds both: one of them where it follows from the other, else a new one. */
async function join(
  repository: Repository,
  one: string | undefined,
  other: string | undefined,
): Promise<string | undefined> {
  if (one === undefined || one === other || other === undefined) return one ?? other;
  if (await follows(repository, other, one)) return other;
  if (await follows(repository, one, other)) return one;
  const [mine, theirs] = [await treeOf(repository, one), await treeOf(repository, other)];
  const joined = new Map([...mine, ...theirs]);
  for (const [commit, blob] of mine) {
    if (joined.get(commit) === blob) continue;
    const lines = [
      ...(await linesAt(repository, mine, commit)),
      ...(await linesAt(repository, theirs, commit)),
    ];
    joined.set(commit, await writeLines(repository, lines));
  }
  return commitTree(repository, joined, [other, one]);
}

async function follows({ directory }: Repository, later: string, earlier: string): Promise<boolean> {
  return (await git(directory, ["merge-base", "--is-ancestor", earlier, later])).exitCode === 0;
}

/** Which text belongs to which commit; git spreads many notes over folders, whose names are the hash's beginning. */
async function treeOf({ directory }: Repository, notes: string): Promise<ReadonlyMap<string, string>> {
  // Without it git leaves out what is not under the folder of the project, and of a note nothing is.
  const listed = await must(directory, ["ls-tree", "-r", "--full-tree", notes]);
  const entries = listed.split("\n").flatMap((row) => {
    const [, blob, path] = /^\d+ blob ([0-9a-f]+)\t([0-9a-f/]+)$/.exec(row) ?? [];
    return blob && path ? [[path.replaceAll("/", ""), blob] as const] : [];
  });
  return new Map(entries);
}

async function linesOf(repository: Repository, tree: ReadonlyMap<string, string>): Promise<Notes> {
  const texts = await readObjects(repository, [...tree.values()]);
  return new Map([...tree.keys()].map((commit, index) => [commit, split(texts[index] ?? "")]));
}

async function linesAt(
  repository: Repository,
  tree: ReadonlyMap<string, string>,
  commit: string,
): Promise<readonly string[]> {
  const blob = tree.get(commit);
  return blob === undefined ? [] : split((await readObjects(repository, [blob]))[0] ?? "");
}

const split = (text: string) => text.split("\n").filter((line) => line.trim() !== "");

function writeLines(repository: Repository, lines: readonly string[]): Promise<string> {
  return writeBlob(repository, `${[...new Set(lines)].toSorted().join("\n")}\n`);
}

async function commitTree(
  repository: Repository,
  tree: ReadonlyMap<string, string>,
  parents: readonly string[],
): Promise<string> {
  const { directory } = repository;
  const rows = [...tree].map(([commit, blob]) => `100644 blob ${blob}\t${commit}\n`);
  const made = (await must(directory, ["mktree"], { input: rows.join("") })).trim();
  const args = ["commit-tree", made, "-m", "Notes of stagewright", ...parents.flatMap((one) => ["-p", one])];
  return (await must(directory, args, { env: await identity(repository) })).trim();
}
