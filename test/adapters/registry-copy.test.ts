import assert from "node:assert/strict";
import { copyWithReferrers } from "../../adapters/registry-copy";
import { fakePrograms, type Programs } from "../support/programs";

const [IMAGE, OLD] = ["a", "e"].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];

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
