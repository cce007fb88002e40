import assert from "node:assert/strict";
import { missingReleaseTools } from "../../adapters/release-tools";
import { ReleaseError } from "../../release/errors";
import { requireTools } from "../../release/registry-access";
import { fakePrograms, type Programs } from "../support/programs";

describe("the tools of the release path", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  it("are named with the command that brings each, where they are missing", () => {
    programs.write("crane", "");
    assert.deepEqual(missingReleaseTools(), [
      { part: "oras", how: "go install oras.land/oras/cmd/oras@v1.3.6" },
      { part: "cosign", how: "go install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3" },
    ]);
    assert.deepEqual(missingReleaseTools(["crane"]), []);
  });

  it("stop the work before it begins, all that lack at once", () => {
    const { message } = new ReleaseError(
      "part missing",
      "a part is missing:\n" +
        "  crane: not on PATH\n    go install github.com/google/go-containerregistry/cmd/crane@v0.22.1\n" +
        "  oras: not on PATH\n    go install oras.land/oras/cmd/oras@v1.3.6",
    );
    assert.throws(() => requireTools("crane", "oras"), { message, kind: "part missing" });
    programs.write("crane", "");
    programs.write("oras", "");
    requireTools("crane", "oras");
  });
});
