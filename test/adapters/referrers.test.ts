import assert from "node:assert/strict";
import { referrersOf } from "../../adapters/referrers";
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
