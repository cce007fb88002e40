import { findCommit, type Repository } from "../adapters/git";
import { fetchRef, pause, readLocalRef, swapLocalRef, swapRef } from "../adapters/git-refs";
import { readTag, type Tag, writeTag } from "../adapters/git-tags";
import { ReleaseError } from "./errors";
import { inRepository } from "./repository";

/** What was released, for the tags' messages. */
export interface Released {
  readonly version: string;
  readonly stack: string;
  readonly digest: string;
  /** Where the stack pulls it from, by digest. */
  readonly image: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly commit: string;
}

const ATTEMPTS = 5;

/**
 * Tags the commit as `<version>`, once for all stacks, and as `<stack>/<version>`, here and at the remote, and gives
 * the names; those of a project in a folder of its repository begin with that. A tag that is there with the same
 * digest is left as it is; none is ever moved.
 */
export async function tagGit(directory: string, released: Released): Promise<readonly string[]> {
  return inRepository(directory, async (repository) => {
    const { commit, version, stack } = released;
    if ((await findCommit(repository, commit)) === undefined) {
      throw new ReleaseError("failed", `commit ${commit} is not here, so it cannot be tagged: git fetch`);
    }
    const names = [version, `${stack}/${version}`].map((name) => nameIn(repository, name));
    for (const name of names) await ensureTag(repository, name, released);
    return names;
  });
}

/** Projects in one repository have commits, and may have versions, in common; not every folder's name can be a tag's. */
function nameIn({ folder }: Repository, name: string): string {
  return folder === undefined ? name : `${folder.replaceAll(/[^\w/-]+/g, "-")}/${name}`;
}

async function ensureTag(repository: Repository, name: string, released: Released): Promise<void> {
  const ref = `refs/tags/${name}`;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const local = await readLocalRef(repository, ref);
    const shared = await fetchRef(repository, ref);
    for (const there of [shared, local]) {
      if (there !== undefined) guard(repository, name, await readTag(repository, there), released);
    }
    const tag = shared ?? local ?? (await writeTag(repository, name, tagOf(name, released)));
    if (shared === undefined && (await swapRef(repository, ref, undefined, tag)) === "moved") {
      await pause(attempt);
      continue;
    }
    // Whatever this checkout had before stays; it was found to say the same.
    if (local === undefined) await swapLocalRef(repository, ref, undefined, tag);
    return;
  }
  throw new ReleaseError("failed", `tag ${name} changes all the time; nothing may move it`);
}

function guard(repository: Repository, name: string, tag: Tag | undefined, released: Released): void {
  const digest = tag && /^digest: (\S+)$/m.exec(tag.message)?.[1];
  if (tag?.commit === released.commit && digest === released.digest) return;
  const found = tag
    ? `commit ${tag.commit} with ${digest ?? "no digest"}`
    : "something that is no annotated tag";
  const { remote } = repository;
  const remove = [`git tag -d ${name}`, ...(remote ? [`git push ${remote} :refs/tags/${name}`] : [])];
  throw new ReleaseError(
    "failed",
    `tag ${name} stands at ${found}, not at commit ${released.commit} with ${released.digest}; a version has one ` +
      `digest, so it is not moved. Release a new commit; only if the tag was never a release: ${remove.join(" && ")}`,
  );
}

function tagOf(name: string, { commit, digest, stack, time, image }: Released): Tag {
  const facts = { digest, stack, time, image };
  const lines = Object.entries(facts).map(([fact, value]) => `${fact}: ${value}`);
  return { commit, message: [name, "", ...lines].join("\n") };
}
