import assert from "node:assert/strict";
import { spdxOf } from "../../release/sbom";

const DIGEST = `sha256:${"a".repeat(64)}`;
const SUBJECT = {
  repository: "r.example.com/team/blog",
  digest: DIGEST,
  created: "2026-11-24T19:00:00.500Z",
};
const PACKAGES = [
  { name: "perl-base", version: "5.36", purl: "pkg:deb/debian/perl-base@5.36" },
  { name: "libstdc++6", version: "12", purl: "pkg:deb/debian/libstdc%2B%2B6@12" },
  { name: "@pulumi/pulumi", purl: "pkg:npm/%40pulumi/pulumi" },
];

describe("an SBOM in SPDX 2.3", () => {
  const sbom = spdxOf(SUBJECT, PACKAGES);

  it("has every field that the format requires of a document", () => {
    const { packages: _packages, relationships: _relationships, ...head } = sbom;
    assert.deepEqual(head, {
      spdxVersion: "SPDX-2.3",
      dataLicense: "CC0-1.0",
      SPDXID: "SPDXRef-DOCUMENT",
      name: `r.example.com/team/blog@${DIGEST}`,
      documentNamespace: `urn:stagewright:spdx:sha256-${"a".repeat(64)}`,
      creationInfo: { created: "2026-11-24T19:00:00Z", creators: ["Tool: stagewright"] },
    });
  });

  it("has every field that the format requires of a package, in the form it requires", () => {
    assert.equal(sbom.packages.length, PACKAGES.length + 1);
    const ids = sbom.packages.map(({ SPDXID }) => SPDXID);
    assert.equal(new Set(ids).size, ids.length);
    for (const entry of sbom.packages) {
      assert.match(entry.SPDXID, /^SPDXRef-[A-Za-z0-9.-]+$/);
      assert.ok(entry.name);
      assert.equal(entry.downloadLocation, "NOASSERTION");
      // Without it the format requires a verification code over every file.
      assert.equal(entry.filesAnalyzed, false);
      assert.match(entry.externalRefs[0]?.referenceLocator ?? "", /^pkg:/);
    }
    assert.equal(sbom.packages.at(-1)?.versionInfo, undefined);
  });

  it("is about the image, which contains each package", () => {
    assert.deepEqual(sbom.packages[0]?.checksums, [{ algorithm: "SHA256", checksumValue: "a".repeat(64) }]);
    const [image, ...others] = sbom.packages.map(({ SPDXID }) => SPDXID);
    assert.deepEqual(
      sbom.relationships.map(({ spdxElementId, relationshipType, relatedSpdxElement }) =>
        [spdxElementId, relationshipType, relatedSpdxElement].join(" "),
      ),
      [`SPDXRef-DOCUMENT DESCRIBES ${image}`, ...others.map((id) => `${image} CONTAINS ${id}`)],
    );
  });

  it("is the same for the same image", () => assert.deepEqual(spdxOf(SUBJECT, PACKAGES), sbom));
});
