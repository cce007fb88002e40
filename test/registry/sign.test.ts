import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readImageFiles } from "../../adapters/image-files";
import { capture } from "../../adapters/processes";
import { referrersOf } from "../../adapters/referrers";
import { ReleaseError } from "../../release/errors";
import { listsPackages } from "../../release/packages";
import { attachSbom, makeSbom, readPredicates, signImage, verifySignature } from "../../release/sign";
import { signRelease } from "../../release/sign-release";
import type { Provenance } from "../../release/provenance";
import type { SpdxDocument } from "../../release/sbom";
import { pushImage, type Registry, startCraneRegistry } from "../support/registries";
import { requireParts } from "./require-parts";
import { type KeyPair, makeKeyPair } from "./signing-keys";

requireParts();

const STATUS = `Package: perl
Status: install ok installed
Architecture: amd64
Version: 5.36.0-7+deb12u2

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
`;
const LAYERS = [
  {
    "usr/lib/os-release": 'ID=debian\nVERSION_ID="12"\n',
    "var/lib/dpkg/status": "Package: old\nVersion: 1\n",
  },
  {
    "var/lib/dpkg/status": STATUS,
    "app/node_modules/.package-lock.json": JSON.stringify({
      packages: { "node_modules/zod": { version: "4.6.7" } },
    }),
  },
];
const CREATED = "2026-11-24T19:00:00.000Z";
const told: string[] = [];
const progress = { step: (text: string) => void told.push(text), warn: () => undefined };

describe("a signed image", () => {
  let registry: Registry;
  let [keys, others]: KeyPair[] = [];
  let [repository, digest, reference] = ["", "", ""];
  before(async () => {
    [registry, keys, others] = await Promise.all([startCraneRegistry(), makeKeyPair(), makeKeyPair()]);
    repository = `${registry.address}/team/blog`;
    digest = await pushImage(repository, LAYERS);
    reference = `${repository}@${digest}`;
  });
  after(async () => {
    await registry.stop();
    for (const pair of [keys, others]) pair?.remove();
  });
  const mine = () => ({ key: keys?.key ?? "" });
  const release = () => {
    const build = { commit: "c".repeat(40), repository, context: "app", dockerfile: "app/Dockerfile" };
    return { digest, created: CREATED, build: { ...build, builder: "urn:test" }, signing: mine(), progress };
  };

  it("is refused before it is signed", async () => {
    await assert.rejects(verifySignature(reference, mine()), (error) => {
      assert.ok(error instanceof ReleaseError && error.kind === "failed");
      const key = mine().key.replace(/\.key$/, ".pub");
      assert.equal(
        error.message,
        `${reference} is not signed as it must be: no signatures found\n` +
          `  wanted: key ${key}\n  sign it where it was built: stagewright sign --stack STACK`,
      );
      return true;
    });
  });

  it("gets its SBOM, provenance and signature at once", async () => {
    assert.deepEqual(await signRelease(release()), { sbom: "made", provenance: "made", signature: "made" });
    assert.equal((await referrersOf(repository, digest)).length, 3);
    await verifySignature(reference, mine());
  });

  it("gets nothing a second time", async () => {
    assert.deepEqual(await signRelease(release()), {
      sbom: "there",
      provenance: "there",
      signature: "there",
    });
    assert.equal((await referrersOf(repository, digest)).length, 3);
  });

  it("has an SBOM of what its upper layers leave, the same each time", async () => {
    const [sbom] = (await readPredicates(reference, "spdxjson", mine())) as SpdxDocument[];
    assert.deepEqual(
      sbom?.packages.slice(1).map(({ externalRefs }) => externalRefs[0]?.referenceLocator),
      ["pkg:deb/debian/perl@5.36.0-7%2Bdeb12u2?arch=amd64", "pkg:npm/zod@4.6.7"],
    );
    assert.deepEqual(await makeSbom({ repository, digest, created: CREATED }), sbom);
  });

  it("has a provenance that names commit and builder", async () => {
    const [found] = (await readPredicates(reference, "slsaprovenance1", mine())) as Provenance[];
    assert.equal(found?.runDetails.builder.id, "urn:test");
    assert.equal(found?.buildDefinition.resolvedDependencies[0]?.digest.gitCommit, "c".repeat(40));
  });

  it("is refused with another key", async () => {
    await assert.rejects(
      verifySignature(reference, { key: others?.key ?? "" }),
      /is not signed as it must be: /,
    );
    await assert.rejects(readPredicates(reference, "spdxjson", { key: others?.key ?? "" }), /can be trusted/);
  });

  it("is refused when only its SBOM is signed, which cosign itself takes for a signature", async () => {
    const image = await pushImage(`${registry.address}/sbom-only`, LAYERS);
    const only = `${registry.address}/sbom-only@${image}`;
    await attachSbom(only, await makeSbom({ repository, digest, created: CREATED }), mine());
    const pub = mine().key.replace(/\.key$/, ".pub");
    const { exitCode } = await capture("cosign", [
      "verify",
      "--key",
      pub,
      "--insecure-ignore-tlog=true",
      only,
    ]);
    assert.equal(exitCode, 0, "cosign has learned to refuse it");
    await assert.rejects(verifySignature(only, mine()), /no signature of the image itself/);
  });

  it("has no link followed: it may name any file of the machine that lists", async () => {
    const folder = mkdtempSync(join(tmpdir(), "link-"));
    symlinkSync("/etc/passwd", join(folder, "os-release"));
    mkdirSync(join(folder, "var", "lib", "dpkg"), { recursive: true });
    writeFileSync(join(folder, "var", "lib", "dpkg", "status"), STATUS);
    const archive = join(folder, "layer.tar");
    const etc = ["--transform", "s,^os-release,etc/os-release,"];
    await capture("tar", ["-cf", archive, "-C", folder, ...etc, "os-release", "var"]);
    const name = `${registry.address}/link`;
    await capture("crane", ["append", "--oci-empty-base", "-f", archive, "-t", `${name}:x`]);
    rmSync(folder, { recursive: true });
    const files = await readImageFiles(`${name}:x`, listsPackages);
    assert.deepEqual(files, [{ path: "var/lib/dpkg/status", content: STATUS }]);
  });

  it("does not lend its signature to an image with something added", async () => {
    const tampered = await capture("crane", [
      "mutate",
      reference,
      "--entrypoint",
      "/bin/evil",
      "-t",
      `${repository}:t`,
    ]);
    assert.equal(tampered.exitCode, 0, tampered.stderr);
    const other = tampered.stdout.trim().split("@")[1] ?? "";
    assert.notEqual(other, digest);
    await assert.rejects(verifySignature(`${repository}@${other}`, mine()), /no signatures found/);
    // Not when the signature's own tag is put upon it either.
    const name = (of: string) => `${repository}:${of.replace(":", "-")}`;
    const moved = await capture("crane", ["copy", name(digest), name(other)]);
    assert.equal(moved.exitCode, 0, moved.stderr);
    await assert.rejects(verifySignature(`${repository}@${other}`, mine()), /is not signed as it must be/);
  });

  it("needs the password of its key, which is never in a message", async () => {
    const password = process.env["COSIGN_PASSWORD"] ?? "";
    const fresh = await pushImage(`${registry.address}/fresh`, [{ data: randomBytes(10) }]);
    try {
      delete process.env["COSIGN_PASSWORD"];
      await assert.rejects(
        signImage(`${registry.address}/fresh@${fresh}`, mine()),
        /export COSIGN_PASSWORD=…$/,
      );
      process.env["COSIGN_PASSWORD"] = "wrong-canary";
      await assert.rejects(signImage(`${registry.address}/fresh@${fresh}`, mine()), (error: Error) => {
        assert.match(error.message, /was not signed: .*decrypt/);
        assert.doesNotMatch(error.message, /canary/);
        return true;
      });
    } finally {
      process.env["COSIGN_PASSWORD"] = password;
    }
  });
});
