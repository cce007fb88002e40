import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Released, tagGit } from "../../release/tag-git";
import { type Checkouts, makeCheckouts } from "../support/checkouts";
import { digestOf } from "../support/records";

const VERSION = "20170717.111749-master-1.2.3";

const refused = (message: RegExp) => ({ kind: "failed", message });

describe("git tags of a release", () => {
  let checkouts: Checkouts;
  let bare = "";
  let here = "";
  let released: Released;

  beforeEach(() => {
    checkouts = makeCheckouts();
    bare = checkouts.remote();
    here = checkouts.clone("here");
    released = {
      version: VERSION,
      stack: "test",
      digest: digestOf("a"),
      image: `registry.example.com/blog@${digestOf("a")}`,
      time: "2026-07-01T10:00:00.000Z",
      commit: checkouts.git(here, "rev-parse", "HEAD"),
    };
  });
  afterEach(() => checkouts.remove());

  const tags = (directory: string) =>
    checkouts.git(directory, "for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/tags");

  it("are the version and the version in the stack: annotated, with digest, stack, time and image", async () => {
    assert.deepEqual(await tagGit(here, released), [VERSION, `test/${VERSION}`]);
    assert.equal(tags(bare), tags(here));
    for (const name of [VERSION, `test/${VERSION}`]) {
      assert.equal(checkouts.git(bare, "rev-parse", `${name}^{commit}`), released.commit);
      const tag = checkouts.git(bare, "cat-file", "tag", name).split("\n\n").slice(1).join("\n\n");
      assert.equal(
        tag,
        `${name}\n\ndigest: ${released.digest}\nstack: test\ntime: ${released.time}\nimage: ${released.image}`,
      );
    }
    checkouts.git(bare, "fsck", "--strict");
  });

  it("begin with the folder of a project that is in one, and leave another project its own of the same commit", async () => {
    const shop = join(here, "apps", "my shop.v2");
    mkdirSync(shop, { recursive: true });
    await tagGit(here, released);
    const before = tags(bare);
    const names = await tagGit(shop, { ...released, digest: digestOf("b") });
    assert.deepEqual(names, [`apps/my-shop-v2/${VERSION}`, `apps/my-shop-v2/test/${VERSION}`]);
    for (const name of names) assert.ok(tags(bare).includes(`${name} `), name);
    for (const line of before.split("\n")) assert.ok(tags(bare).includes(line), line);
  });

  it("stay as they are when they are made again, later and in other stages", async () => {
    await tagGit(here, released);
    const before = tags(bare);
    await tagGit(here, { ...released, time: "2026-07-02T10:00:00.000Z" });
    assert.equal(tags(bare), before);
    const there = checkouts.clone("there", "--no-tags");
    await tagGit(there, { ...released, stack: "int" });
    assert.deepEqual(
      tags(bare)
        .split("\n")
        .filter((tag) => !before.includes(tag))
        .map((tag) => tag.split(" ")[0]),
      [`int/${VERSION}`],
    );
    assert.ok(tags(there).includes(before.split("\n")[0] ?? ""), "the shared tag is here too");
  });

  it("are the same object for two at once in two clones", async () => {
    const there = checkouts.clone("there");
    const later = { ...released, time: "2026-07-01T10:00:01.000Z" };
    await Promise.all([tagGit(here, released), tagGit(there, later)]);
    assert.equal(tags(here), tags(bare));
    assert.equal(tags(there), tags(bare));
  });

  it("are finished where a push was refused before, and the refusal names the ref and the right", async () => {
    checkouts.refuse(`[ "$ref" = "refs/tags/test/${VERSION}" ]`, "protected tag");
    await assert.rejects(tagGit(here, released), {
      kind: "failed",
      message: new RegExp(
        `^origin does not take refs/tags/test/${VERSION}: .*protected tag\\n.*right to push .* tags`,
      ),
    });
    assert.match(tags(bare), /^\S+ \S+$/);
    checkouts.refuse("false", "");
    await tagGit(here, released);
    assert.equal(tags(bare), tags(here));
  });

  it("are not needed at a remote", async () => {
    const alone = checkouts.alone("alone");
    const commit = checkouts.git(alone, "rev-parse", "HEAD");
    await tagGit(alone, { ...released, commit });
    await tagGit(alone, { ...released, commit });
    assert.equal(tags(alone).split("\n").length, 2);
  });

  it("do not need a name for the person", async () => {
    writeFileSync(join(checkouts.folder, "gitconfig"), "[user]\nuseConfigOnly = true\n");
    await tagGit(here, released);
    assert.match(checkouts.git(bare, "cat-file", "tag", VERSION), /^tagger stagewright /m);
  });

  describe("never move", () => {
    it("to another digest, wherever the tag is known", async () => {
      await tagGit(here, released);
      const [before, there] = [tags(bare), checkouts.clone("there", "--no-tags")];
      const other = { ...released, digest: digestOf("b") };
      const message = new RegExp(
        `^tag ${VERSION} stands at commit ${released.commit} with ${digestOf("a")}, not at commit ${released.commit} ` +
          `with ${digestOf("b")}; .*: git tag -d ${VERSION} && git push origin :refs/tags/${VERSION}$`,
      );
      await assert.rejects(tagGit(there, other), refused(message));
      await assert.rejects(tagGit(here, { ...other, stack: "int" }), refused(message));
      assert.equal(tags(bare), before);
      assert.equal(tags(here), before);
    });

    it("to another digest in a stack alone", async () => {
      await tagGit(here, released);
      checkouts.git(bare, "tag", "-d", VERSION);
      checkouts.git(here, "tag", "-d", VERSION);
      const message = new RegExp(`^tag test/${VERSION} stands at`);
      await assert.rejects(tagGit(here, { ...released, digest: digestOf("b") }), refused(message));
    });

    it("to another commit", async () => {
      await tagGit(here, released);
      checkouts.git(here, "commit", "-q", "--allow-empty", "-m", "Second");
      const commit = checkouts.git(here, "rev-parse", "HEAD");
      await assert.rejects(tagGit(here, { ...released, commit }), refused(/not at commit/));
    });

    it("away from what somebody else made by that name", async () => {
      checkouts.git(here, "tag", VERSION);
      await assert.rejects(tagGit(here, released), refused(/stands at something that is no annotated tag/));
      checkouts.git(here, "tag", "-f", "-a", "-m", "mine", VERSION);
      await assert.rejects(tagGit(here, released), refused(/with no digest, not at/));
      assert.equal(tags(bare), "");
    });
  });

  it("are not made at a commit that is not here", async () => {
    await assert.rejects(tagGit(here, { ...released, commit: "d".repeat(40) }), {
      message: /^commit d{40} is not here, .*: git fetch$/,
    });
    assert.equal(tags(here), "");
  });
});
