import { onPath } from "./processes";

const TOOLS = {
  crane: "go install github.com/google/go-containerregistry/cmd/crane@v0.22.1",
  oras: "go install oras.land/oras/cmd/oras@v1.3.6",
  cosign: "go install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3",
};

/** A program that reads, copies or signs images. */
export type ReleaseTool = keyof typeof TOOLS;

/** The tools of the release path that this machine lacks, each with the command that brings it. */
export function missingReleaseTools(
  wanted: readonly ReleaseTool[] = ["crane", "oras", "cosign"],
): { readonly part: ReleaseTool; readonly how: string }[] {
  return wanted.filter((tool) => !onPath(tool)).map((part) => ({ part, how: TOOLS[part] }));
}
