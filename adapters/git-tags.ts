import { git, identity, must, type Repository } from "./git";

/** An annotated tag. */
export interface Tag {
  /** Full hash of the commit it stands at. */
  readonly commit: string;
  readonly message: string;
}

/** Writes an annotated tag's object and gives its name; no ref names it yet. */
export async function writeTag(
  repository: Repository,
  name: string,
  { commit, message }: Tag,
): Promise<string> {
  const who = await must(repository.directory, ["var", "GIT_COMMITTER_IDENT"], {
    env: await identity(repository),
  });
  const text = `object ${commit}\ntype commit\ntag ${name}\ntagger ${who.trim()}\n\n${message}\n`;
  return (await must(repository.directory, ["mktag"], { input: text })).trim();
}

/** Reads an annotated tag's object that is here; `undefined` when it is anything else, such as a plain tag. */
export async function readTag({ directory }: Repository, object: string): Promise<Tag | undefined> {
  const found = await git(directory, ["cat-file", "tag", object]);
  if (found.exitCode !== 0) return undefined;
  const [head = "", ...message] = found.stdout.split("\n\n");
  const commit = /^object ([0-9a-f]+)\ntype commit\n/.exec(head)?.[1];
  return commit === undefined ? undefined : { commit, message: message.join("\n\n").trimEnd() };
}
