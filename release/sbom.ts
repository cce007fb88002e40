import type { Package } from "./packages";

/** What an SBOM is about, all of it known from the image and its commit: the same image gives the same SBOM. */
export interface SbomSubject {
  readonly repository: string;
  readonly digest: string;
  /** When the commit was made, ISO 8601. */
  readonly created: string;
}

/** A document of SPDX 2.3, as far as we write it. */
export interface SpdxDocument {
  readonly spdxVersion: "SPDX-2.3";
  readonly dataLicense: "CC0-1.0";
  readonly SPDXID: "SPDXRef-DOCUMENT";
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relationshipType: "DESCRIBES" | "CONTAINS";
    readonly relatedSpdxElement: string;
  }[];
}

/** A package of SPDX 2.3. */
export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly downloadLocation: "NOASSERTION";
  readonly filesAnalyzed: false;
  readonly licenseConcluded: "NOASSERTION";
  readonly licenseDeclared: "NOASSERTION";
  readonly copyrightText: "NOASSERTION";
  readonly primaryPackagePurpose?: "CONTAINER";
  readonly checksums?: readonly { readonly algorithm: "SHA256"; readonly checksumValue: string }[];
  readonly externalRefs: readonly {
    readonly referenceCategory: "PACKAGE-MANAGER";
    readonly referenceType: "purl";
    readonly referenceLocator: string;
  }[];
}

const IMAGE = "SPDXRef-Image";

/** The SBOM of an image, in SPDX 2.3. */
export function spdxOf(subject: SbomSubject, packages: readonly Package[]): SpdxDocument {
  const listed = packages.map(describePackage);
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${subject.repository}@${subject.digest}`,
    documentNamespace: `urn:stagewright:spdx:${subject.digest.replace(":", "-")}`,
    // SPDX knows no fractions of a second.
    creationInfo: {
      created: `${new Date(subject.created).toISOString().slice(0, 19)}Z`,
      creators: ["Tool: stagewright"],
    },
    packages: [describeImage(subject), ...listed],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: IMAGE },
      ...listed.map(({ SPDXID }) => ({
        spdxElementId: IMAGE,
        relationshipType: "CONTAINS" as const,
        relatedSpdxElement: SPDXID,
      })),
    ],
  };
}

function describeImage({ repository, digest }: SbomSubject): SpdxPackage {
  const name = repository.split("/").at(-1) ?? repository;
  const registry = `repository_url=${encodeURIComponent(repository)}`;
  return {
    ...spdxPackage(IMAGE, name, digest, `pkg:oci/${name}@${encodeURIComponent(digest)}?${registry}`),
    primaryPackagePurpose: "CONTAINER",
    checksums: [{ algorithm: "SHA256", checksumValue: digest.replace("sha256:", "") }],
  };
}

/** An identifier has letters, digits, dots and hyphens alone; its number keeps two of them apart. */
function describePackage({ name, version, purl }: Package, index: number): SpdxPackage {
  const id = `SPDXRef-Package-${index + 1}-${name.replace(/[^A-Za-z0-9.-]/g, "-")}`;
  return spdxPackage(id, name, version, purl);
}

function spdxPackage(SPDXID: string, name: string, version: string | undefined, purl: string): SpdxPackage {
  return {
    SPDXID,
    name,
    ...(version === undefined ? {} : { versionInfo: version }),
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
  };
}
