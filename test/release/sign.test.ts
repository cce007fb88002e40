import assert from "node:assert/strict";
import { join } from "node:path";
import { ReleaseError } from "../../release/errors";
import { readPredicates, signImage, verifySignature } from "../../release/sign";
import { signRelease } from "../../release/sign-release";
import { fakePrograms, type Programs } from "../support/programs";

const DIGEST = `sha256:${"a".repeat(64)}`;
const IMAGE = `r.example.com/x@${DIGEST}`;
const VAULT = { key: "hashivault://blog" };
const KEYLESS = { identity: "ci@example.com", issuer: "https://accounts.example.com" };

describe("the signature of an image", () => {
  const password = process.env["COSIGN_PASSWORD"];
  let programs: Programs;
  const told: string[] = [];
  const progress = { step: (text: string) => void told.push(text), warn: () => undefined };
  beforeEach(() => {
    programs = fakePrograms();
    process.env["COSIGN_PASSWORD"] = "canary";
    told.length = 0;
  });
  afterEach(() => {
    programs.remove();
    if (password === undefined) delete process.env["COSIGN_PASSWORD"];
    else process.env["COSIGN_PASSWORD"] = password;
  });
  const file = (name: string) => join(programs.folder, name);
  const put = (name: string) => programs.put(name, "");
  const keys = () => programs.calls("cosign").map((call) => / --key (\S+)/.exec(call)?.[1]);

  for (const named of ["cosign.key", "cosign.pub"]) {
    it(`is made with the private and verified with the public half of a pair that is named by ${named}`, async () => {
      programs.write("cosign", "echo '[]'");
      put("cosign.key");
      put("cosign.pub");
      await signImage(IMAGE, { key: file(named) });
      await assert.rejects(verifySignature(IMAGE, { key: file(named) }));
      await assert.rejects(readPredicates(IMAGE, "spdxjson", { key: file(named) }));
      assert.deepEqual(keys(), [file("cosign.key"), file("cosign.pub"), file("cosign.pub")]);
    });
  }

  it("takes the key of a key service as it is, without a password", async () => {
    delete process.env["COSIGN_PASSWORD"];
    programs.write("cosign", "");
    await signImage(IMAGE, VAULT);
    assert.deepEqual(keys(), ["hashivault://blog"]);
  });

  it("never has the password in the arguments of a program", async () => {
    programs.write("cosign", '[ "$COSIGN_PASSWORD" = canary ]');
    put("cosign.key");
    await signImage(IMAGE, { key: file("cosign.key") });
    assert.doesNotMatch(programs.calls("cosign").join(), /canary/);
  });

  it("is not tried where a key or its password is missing, and the command is named", async () => {
    programs.write("cosign", "");
    const key = file("cosign.key");
    await assert.rejects(signImage(IMAGE, { key }), {
      kind: "usage",
      message: `there is no key ${key} to sign with: cosign generate-key-pair`,
    });
    await assert.rejects(verifySignature(IMAGE, { key }), {
      kind: "usage",
      message:
        `there is no key ${file("cosign.pub")} to verify with: ` +
        `cosign public-key --key ${key} --outfile ${file("cosign.pub")}`,
    });
    put("cosign.key");
    delete process.env["COSIGN_PASSWORD"];
    await assert.rejects(signImage(IMAGE, { key }), {
      kind: "usage",
      message: `the password of ${key} is missing: export COSIGN_PASSWORD=…`,
    });
    assert.deepEqual(programs.calls("cosign"), []);
  });

  it("that does not hold says what was wanted, and how to mend it", async () => {
    programs.write("cosign", "echo 'Error: no signatures found' >&2; exit 10");
    const expected = (wanted: string) =>
      new ReleaseError(
        "failed",
        `${IMAGE} is not signed as it must be: no signatures found\n  wanted: ${wanted}\n` +
          "  sign it where it was built: stagewright sign --stack STACK",
      );
    await assert.rejects(verifySignature(IMAGE, VAULT), expected("key hashivault://blog"));
    await assert.rejects(
      verifySignature(IMAGE, KEYLESS),
      expected("ci@example.com by https://accounts.example.com"),
    );
  });

  it("needs cosign", async () => {
    await assert.rejects(signImage(IMAGE, VAULT), { kind: "part missing" });
  });

  const made = () =>
    programs
      .calls("cosign")
      .filter((call) => /^(sign|attest) /.test(call))
      .map((call) => call.split(" ").slice(0, 4).join(" "));

  describe("with SBOM and provenance", () => {
    const release = {
      digest: DIGEST,
      created: "2026-11-24T19:00:00Z",
      build: {
        commit: "c".repeat(40),
        repository: "r.example.com/x",
        context: ".",
        dockerfile: "Dockerfile",
        builder: "urn:test",
      },
      signing: VAULT,
      progress,
    };
    /** Every statement is there once it was made; what is `lost` never is. */
    const cosign = (lost = "none") => `
      folder="\${0%/*}"
      case "$*" in
      sign*) : > "$folder/made-sign";;
      attest*) : > "$folder/made-$4";;
      verify-attestation*) [ -e "$folder/made-$3" ] && [ "$3" != ${lost} ] || { echo "Error: none" >&2; exit 1; };;
      verify*) [ -e "$folder/made-sign" ] || { echo "Error: no signatures found" >&2; exit 10; }
        echo '[{"critical":{"type":"https://sigstore.dev/cosign/sign/v1","image":{"docker-manifest-digest":"${DIGEST}"}}}]';;
      esac`;
    beforeEach(() => {
      programs.write("crane", "[ \"$1\" = export ] || echo '{}'");
      programs.write("tar", "");
    });

    it("comes last, when they are there", async () => {
      programs.write("cosign", cosign());
      assert.deepEqual(await signRelease(release), { sbom: "made", provenance: "made", signature: "made" });
      assert.deepEqual(made(), [
        "attest --yes --type spdxjson",
        "attest --yes --type slsaprovenance1",
        "sign --yes --key hashivault://blog",
      ]);
      assert.deepEqual(told, [`SBOM of ${IMAGE}`, `provenance of ${IMAGE}`, `signature of ${IMAGE}`]);
    });

    it("makes what is missing alone", async () => {
      programs.write("cosign", cosign());
      for (const part of ["spdxjson", "sign"]) put(`made-${part}`);
      assert.deepEqual(await signRelease(release), { sbom: "there", provenance: "made", signature: "there" });
      assert.deepEqual(made(), ["attest --yes --type slsaprovenance1"]);
    });

    it("fails where what was made cannot be read back, and does not sign then", async () => {
      programs.write("cosign", cosign("slsaprovenance1"));
      await assert.rejects(signRelease(release), /has no slsaprovenance1 that can be trusted/);
      assert.ok(!made().some((call) => call.startsWith("sign ")));
    });

    it("is refused at once where the key is missing", async () => {
      programs.write("cosign", cosign());
      await assert.rejects(signRelease({ ...release, signing: { key: file("no.key") } }), { kind: "usage" });
      assert.deepEqual(made(), []);
    });
  });
});
