import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { capture } from "../../adapters/processes";
import { digestOf, tagsOf } from "../../adapters/registry";
import { referrersOf } from "../../adapters/referrers";
import { copyImage } from "../../release/copy-image";
import { provenanceOf } from "../../release/provenance";
import { attachProvenance, attachSbom, readPredicates, signImage, verifySignature } from "../../release/sign";
import { spdxOf } from "../../release/sbom";
import { type RegistryFront, startFront } from "../support/registry-front";
import {
  freePort,
  pushImage,
  type Registry,
  startCraneRegistry,
  startDockerRegistry,
} from "../support/registries";
import { requireParts } from "./require-parts";
import { type KeyPair, makeKeyPair } from "./signing-keys";

requireParts();

const progress = { step: () => undefined, warn: () => undefined };
const COMMIT = "a".repeat(40);

/** The kinds of registries: with the referrers API, and two that know only the tags that stand in for it. */
const KINDS = ["with the referrers API", "of crane", "of Docker"] as const;

async function start(kind: (typeof KINDS)[number]): Promise<RegistryFront> {
  const behind = kind === "of Docker" ? await startDockerRegistry() : await startCraneRegistry();
  const front = await startFront(behind, kind === "with the referrers API");
  return { ...front, stop: async () => void (await Promise.all([front.stop(), behind.stop()])) };
}

const repository = (registry: Registry | undefined) => `${registry?.address}/team/blog`;

for (const [from, to] of KINDS.flatMap((from) => KINDS.map((to) => [from, to] as const))) {
  describe(`an image in a registry ${from}, copied to one ${to}`, () => {
    let [source, target]: RegistryFront[] = [];
    let keys: KeyPair;
    let digest = "";
    before(async () => {
      [source, target, keys] = await Promise.all([start(from), start(to), makeKeyPair()]);
      digest = await pushImage(repository(source), [
        { data: randomBytes(200_000) },
        { more: randomBytes(9) },
      ]);
      const reference = `${repository(source)}@${digest}`;
      const subject = { repository: repository(source), digest, created: "2026-11-24T19:00:00Z" };
      const build = {
        commit: COMMIT,
        repository: subject.repository,
        context: ".",
        dockerfile: "Dockerfile",
      };
      await attachSbom(reference, spdxOf(subject, [{ name: "perl", purl: "pkg:deb/debian/perl" }]), keys);
      await attachProvenance(reference, provenanceOf({ ...build, builder: "urn:test" }), keys);
      await signImage(reference, keys);
    });
    after(async () => {
      await Promise.all([source?.stop(), target?.stop()]);
      keys.remove();
    });
    const copy = () => copyImage({ from: repository(source), digest, to: repository(target), progress });

    it("has the same digest there, and everything that refers to it", async () => {
      const { moved, referrers } = await copy();
      assert.equal(referrers.length, 3);
      // Two layers and a configuration; of the three referrers each has a bundle, and all the same empty configuration.
      assert.equal(moved, 3 + 3 + 1);
      assert.equal(await digestOf(`${repository(target)}@${digest}`), digest);
      const found = await referrersOf(repository(target), digest);
      assert.deepEqual(
        found.map((one) => one.digest).toSorted(),
        referrers.map((one) => one.digest).toSorted(),
      );
    });

    it("is signed there with the same key", async () => {
      await verifySignature(`${repository(target)}@${digest}`, keys);
    });

    it("has its SBOM and its provenance there", async () => {
      const reference = `${repository(target)}@${digest}`;
      const [sbom] = (await readPredicates(reference, "spdxjson", keys)) as { spdxVersion: string }[];
      assert.equal(sbom?.spdxVersion, "SPDX-2.3");
      const [provenance] = (await readPredicates(reference, "slsaprovenance1", keys)) as {
        buildDefinition: { resolvedDependencies: unknown };
      }[];
      assert.deepEqual(provenance?.buildDefinition.resolvedDependencies, [
        { uri: "git:", digest: { gitCommit: COMMIT } },
      ]);
    });

    it("is named there by no tag of people: what was only copied was not tested yet", async () => {
      const standIn = to === "with the referrers API" ? [] : [digest.replace(":", "-")];
      assert.deepEqual(await tagsOf(repository(target)), standIn);
    });

    it("sends nothing when it is copied again", async () => {
      target?.reset();
      const { moved } = await copy();
      assert.equal(moved, 0);
      assert.deepEqual(target?.sent, { blobs: 0, manifests: 0 });
    });

    it("sends what is new alone when it was signed again", async () => {
      await signImage(`${repository(source)}@${digest}`, keys);
      target?.reset();
      const { moved, referrers } = await copy();
      assert.equal(referrers.length, 4);
      assert.equal(moved, 1);
      assert.equal(target?.sent.blobs, 1);
    });
  });
}

describe("an image whose signature is a tag, as cosign made it before its version 3", () => {
  let [source, target]: Registry[] = [];
  let keys: KeyPair;
  before(async () => {
    [source, target, keys] = await Promise.all([startCraneRegistry(), startDockerRegistry(), makeKeyPair()]);
  });
  after(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
    keys.remove();
  });

  it("is copied with it, and verifies at the target", async () => {
    const [from, to] = [`${source?.address}/old`, `${target?.address}/team/old`];
    const digest = await pushImage(from, [{ data: randomBytes(1000) }]);
    const old = ["--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false"];
    const signed = await capture("cosign", ["sign", "--yes", "--key", keys.key, ...old, `${from}@${digest}`]);
    assert.equal(signed.exitCode, 0, signed.stderr);
    const { referrers, moved } = await copyImage({ from, digest, to, progress });
    assert.deepEqual(
      referrers.map(({ tag }) => tag),
      [`${digest.replace(":", "-")}.sig`],
    );
    assert.equal(moved, 4);
    await verifySignature(`${to}@${digest}`, keys);
    assert.equal((await copyImage({ from, digest, to, progress })).moved, 0);
  });
});

describe("an index of several images", () => {
  let [source, target]: Registry[] = [];
  let keys: KeyPair;
  before(async () => {
    [source, target, keys] = await Promise.all([startCraneRegistry(), startCraneRegistry(), makeKeyPair()]);
  });
  after(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
    keys.remove();
  });

  it("is copied with what refers to each of them", async () => {
    const [from, to] = [`${source?.address}/many`, `${target?.address}/many`];
    const one = await pushImage(from, [{ data: randomBytes(1000) }]);
    const two = await pushImage(from, [{ data: randomBytes(1000) }]);
    const manifests = [one, two].flatMap((digest) => ["-m", `${from}@${digest}`]);
    const made = await capture("crane", ["index", "append", ...manifests, "-t", `${from}:index`]);
    const digest = made.stdout.trim().split("@")[1] ?? "";
    await signImage(`${from}@${digest}`, keys);
    await signImage(`${from}@${two}`, keys);
    const { referrers } = await copyImage({ from, digest, to, progress });
    assert.equal(referrers.length, 2);
    for (const image of [digest, two]) await verifySignature(`${to}@${image}`, keys);
    await assert.rejects(verifySignature(`${to}@${one}`, keys), /is not signed as it must be/);
  });
});

describe("a copy that cannot be made", () => {
  let registry: Registry;
  let digest = "";
  before(async () => {
    registry = await startCraneRegistry();
    digest = await pushImage(`${registry.address}/blog`, [{ data: "data" }]);
  });
  after(() => registry.stop());

  it("tells in one error which registry does not answer, and how to look", async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    for (const [from, to] of [
      [`${registry.address}/blog`, `${nobody}/blog`],
      [`${nobody}/blog`, `${registry.address}/blog`],
    ] as const) {
      await assert.rejects(copyImage({ from, digest, to, progress }), (error: Error) => {
        assert.ok(error.message.startsWith(`${from}@${digest} was not copied to ${to}: `), error.message);
        assert.match(error.message, new RegExp(`registry ${nobody} does not answer: .*connection refused`));
        assert.match(error.message, new RegExp(`\n  look: crane \\w+ ${nobody}/blog`));
        return true;
      });
    }
  });

  it("tells that the source does not have the image", async () => {
    const [from, to, absent] = [
      `${registry.address}/blog`,
      `${registry.address}/copy`,
      `sha256:${"0".repeat(64)}`,
    ];
    await assert.rejects(copyImage({ from, digest: absent, to, progress }), {
      name: "Error",
      message: `${from}@${absent}: the source does not have it\n  look: crane digest ${from}@${absent}`,
    });
  });
});
