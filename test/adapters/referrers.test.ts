import assert from "node:assert/strict";
import { referrersOf } from "../../adapters/referrers";
import { copyWithReferrers } from "../../adapters/registry-copy";
import { fakePrograms, type Programs } from "../support/programs";

const [IMAGE, CHILD, SIGNATURE, SBOM, OLD] = ["a", "b", "c", "d", "e"].map(
  (letter) => `sha256:${letter.repeat(64)}`,
) as [string, string, string, string, string];
const hex = (digest: string) => digest.slice(7);

const discovered = (...referrers: object[]) => JSON.stringify({ reference: "x", referrers });
const SIGNED = discovered({
  digest: SIGNATURE,
  artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
  referrers: [{ digest: SBOM, mediaType: "application/vnd.oci.image.manifest.v1+json" }],
});

describe("what refers to an image", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  function crane(manifest: object, ...tags: string[]): void {
    programs.write(
      "crane",
      `case "$1" in manifest) echo '${JSON.stringify(manifest)}';; ls) echo '${tags.join("\n")}';; ` +
        `digest) echo ${OLD};; esac`,
    );
  }

  it("is found at any depth, each once", async () => {
    crane({});
    programs.write("oras", `echo '${SIGNED}'`);
    assert.deepEqual(await referrersOf("r.example.com/x", IMAGE), [
      { digest: SIGNATURE, type: "application/vnd.dev.sigstore.bundle.v0.3+json" },
      { digest: SBOM, type: "application/vnd.oci.image.manifest.v1+json" },
    ]);
    assert.deepEqual(programs.calls("oras"), [`discover --format json r.example.com/x@${IMAGE}`]);
  });

  it("is found at every image of an index", async () => {
    crane({ manifests: [{ digest: CHILD }] });
    programs.write("oras", `echo '${SIGNED}'`);
    assert.equal((await referrersOf("127.0.0.1:5000/x", IMAGE)).length, 2);
    assert.deepEqual(programs.calls("oras").toSorted(), [
      `discover --plain-http --format json 127.0.0.1:5000/x@${IMAGE}`,
      `discover --plain-http --format json 127.0.0.1:5000/x@${CHILD}`,
    ]);
  });

  it("may be a tag made of the digest, of this image or of one of the index", async () => {
    const names = [IMAGE, CHILD].map((digest) => `sha256-${hex(digest)}`) as [string, string];
    const tags = [
      `${names[0]}.sig`,
      `${names[1]}.att`,
      names[0],
      `sha256-${hex(OLD)}.sig`,
      `${names[0]}.txt`,
    ];
    crane({ manifests: [{ digest: CHILD }] }, ...tags, "1.0");
    programs.write("oras", `echo '${discovered()}'`);
    assert.deepEqual(await referrersOf("r.example.com/x", IMAGE), [
      { digest: OLD, type: "cosign .sig", tag: `${names[0]}.sig` },
      { digest: OLD, type: "cosign .att", tag: `${names[1]}.att` },
    ]);
  });

  it("is nothing where the image is not there, and unknown where nobody answers", async () => {
    programs.write("crane", "echo 'Error: NAME_UNKNOWN: unknown' >&2; exit 1");
    programs.write(
      "oras",
      "echo 'Error response from registry: failed to resolve x: r.example.com/x@y: not found' >&2; exit 1",
    );
    assert.deepEqual(await referrersOf("r.example.com/x", IMAGE), []);
    programs.write("oras", "echo 'Error: dial tcp: connection refused' >&2; exit 1");
    await assert.rejects(referrersOf("r.example.com/x", IMAGE), /registry r\.example\.com does not answer/);
  });
});

describe("a copy with what refers to it", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  const ORAS = [
    "Copying aaaaaaaaaaaa application/vnd.oci.image.layer.v1.tar+gzip",
    "Copied  aaaaaaaaaaaa application/vnd.oci.image.layer.v1.tar+gzip",
    "Exists  bbbbbbbbbbbb application/vnd.oci.image.layer.v1.tar+gzip",
    "Copied  cccccccccccc application/vnd.oci.image.config.v1+json",
    "Copied  dddddddddddd application/vnd.oci.image.manifest.v1+json",
    "Copied  eeeeeeeeeeee application/vnd.docker.distribution.manifest.list.v2+json",
    "Copied  ffffffffffff application/vnd.docker.distribution.manifest.v2+json",
    "Copied  999999999999 application/vnd.docker.image.rootfs.diff.tar.gzip",
    "Copied [registry] r.example.com/x@sha256:a => [registry] s.example.com/x",
  ];

  it("counts layers and configurations that were sent, not manifests, not what was there", async () => {
    programs.write("oras", `echo '${ORAS.join("\n")}'`);
    const source = { repository: "r.example.com/x", digest: IMAGE };
    assert.deepEqual(await copyWithReferrers(source, "127.0.0.1:5000/x", []), { blobs: 3 });
    assert.deepEqual(programs.calls("oras"), [
      `cp --recursive --no-tty --to-plain-http r.example.com/x@${IMAGE} 127.0.0.1:5000/x`,
    ]);
  });

  it("takes older signatures along by their tags", async () => {
    programs.write("oras", "");
    programs.write("crane", "echo 'pushed blob: sha256:a' >&2; echo 'existing blob: sha256:b' >&2");
    const tagged = [{ digest: OLD, type: "cosign .sig", tag: "sha256-a.sig" }];
    const source = { repository: "localhost/x", digest: IMAGE };
    assert.deepEqual(await copyWithReferrers(source, "s.example.com/x", tagged), { blobs: 1 });
    assert.deepEqual(programs.calls("crane"), ["copy localhost/x:sha256-a.sig s.example.com/x:sha256-a.sig"]);
  });

  for (const [side, registry] of [
    ["source", "r.example.com"],
    ["destination", "s.example.com"],
  ] as const) {
    it(`names the registry that failed, where it is the ${side}`, async () => {
      programs.write("oras", `echo 'Error from ${side} registry for "${registry}/x": Head: EOF' >&2; exit 1`);
      const source = { repository: "r.example.com/x", digest: IMAGE };
      await assert.rejects(
        copyWithReferrers(source, "s.example.com/x", []),
        new RegExp(`registry ${registry} does not answer: Head: EOF`),
      );
    });
  }
});
