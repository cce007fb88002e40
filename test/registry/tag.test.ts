import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { digestOf, tagDigest, tagsOf } from "../../adapters/registry";
import { ReleaseError } from "../../release/errors";
import { tagImage } from "../../release/tag-image";
import {
  freePort,
  pushImage,
  type Registry,
  startCraneRegistry,
  startDockerRegistry,
} from "../support/registries";
import { requireParts } from "./require-parts";

requireParts();

const VERSION = "20170717.111749-master-1.2.3";
const progress = { step: () => undefined, warn: () => undefined };

for (const [kind, start] of [
  ["crane", startCraneRegistry],
  ["Docker", startDockerRegistry],
] as const) {
  describe(`an image in a registry of ${kind}`, () => {
    let registry: Registry;
    let repository = "";
    let [one, two]: string[] = [];
    before(async () => {
      registry = await start();
      repository = `${registry.address}/team/blog`;
      one = await pushImage(repository, [{ data: randomBytes(100) }]);
      two = await pushImage(repository, [{ data: randomBytes(100) }]);
    });
    after(() => registry.stop());
    const tag = (digest: string | undefined, version = VERSION, stack = "test") =>
      tagImage({ repository, digest: digest ?? "", version, stack, progress });

    it("is named by its version and by the stack", async () => {
      assert.deepEqual(await tag(one), { version: "set", stack: "set" });
      assert.equal(await digestOf(`${repository}:${VERSION}`), one);
      assert.equal(await digestOf(`${repository}:test`), one);
      assert.deepEqual(await tag(one), { version: "there", stack: "there" });
    });

    it("never gets the version that another one has, nor the stack's tag then", async () => {
      await assert.rejects(
        tag(two),
        new ReleaseError(
          "failed",
          `version ${VERSION} names ${one} in ${repository}, not ${two}: a version never moves\n` +
            `  look: crane digest ${repository}:${VERSION}\n` +
            "  what differs gets a version of its own: commit it",
        ),
      );
      assert.equal(await digestOf(`${repository}:${VERSION}`), one);
      assert.equal(await digestOf(`${repository}:test`), one);
    });

    it("takes the stack's tag over with a version of its own", async () => {
      assert.deepEqual(await tag(two, "20170718.000000-master-1.2.4"), { version: "set", stack: "set" });
      assert.equal(await digestOf(`${repository}:test`), two);
      assert.equal(await digestOf(`${repository}:${VERSION}`), one);
    });

    it("cannot be tagged when the repository does not have it", async () => {
      const absent = `sha256:${"0".repeat(64)}`;
      const before = await tagsOf(repository);
      await assert.rejects(tag(absent, "20170719.000000-master-1.2.5"), (error: Error) =>
        error.message.startsWith(`${repository} does not have ${absent}, so it cannot be tagged`),
      );
      assert.deepEqual(await tagsOf(repository), before);
    });

    const race = async (_: unknown, round: number) => {
      const version = `race-${round}`;
      const results = await Promise.allSettled([one, two].map((digest) => tag(digest, version, version)));
      const named = await digestOf(`${repository}:${version}`);
      for (const [index, digest] of [one, two].entries()) {
        if (results[index]?.status === "fulfilled") assert.equal(named, digest);
      }
    };

    it("of ten pairs of taggers at once, none says that it is done when the version is not its own", async () => {
      await Promise.all(Array.from({ length: 10 }, race));
    });
  });
}

describe("a registry that cannot be asked", () => {
  it("is told from one that has no such image", async () => {
    const registry = await startCraneRegistry();
    assert.equal(await digestOf(`${registry.address}/blog:none`), undefined);
    assert.deepEqual(await tagsOf(`${registry.address}/blog`), []);
    await registry.stop();
    await assert.rejects(
      digestOf(`${registry.address}/blog:none`),
      new RegExp(
        `registry ${registry.address} does not answer: .*\n  look: crane digest ${registry.address}/blog`,
      ),
    );
  });

  it("is one clear error when something is to be tagged there", async () => {
    const repository = `127.0.0.1:${await freePort()}/blog`;
    const digest = `sha256:${"0".repeat(64)}`;
    await assert.rejects(tagImage({ repository, digest, version: "1", stack: "test", progress }), (error) => {
      assert.ok(error instanceof ReleaseError);
      assert.match(error.message, /was not tagged 1: registry 127\.0\.0\.1:\d+ does not answer: /);
      return true;
    });
  });

  it("fails to tag what is not there", async () => {
    const registry = await startDockerRegistry();
    await assert.rejects(
      tagDigest(`${registry.address}/blog`, `sha256:${"0".repeat(64)}`, "x"),
      /MANIFEST_UNKNOWN/,
    );
    await registry.stop();
  });
});
