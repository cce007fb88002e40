import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { attest, CosignError, sign, verifiedPredicates, verify } from "../../adapters/cosign";
import { fakePrograms, type Programs } from "../support/programs";

const DIGEST = `sha256:${"a".repeat(64)}`;
const IMAGE = `r.example.com/x@${DIGEST}`;
const KEYLESS = { identity: "ci@example.com", issuer: "https://accounts.example.com" };
const VAULT = { key: "hashivault://blog" };

const verified = (type: string, digest = DIGEST) =>
  JSON.stringify([{ critical: { type, image: { "docker-manifest-digest": digest } } }]);

const line = (predicate: object) =>
  JSON.stringify({ payload: Buffer.from(JSON.stringify({ predicate })).toString("base64") });

describe("cosign", () => {
  const before = process.env["TMPDIR"];
  let programs: Programs;
  beforeEach(() => {
    programs = fakePrograms();
    process.env["TMPDIR"] = programs.folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    programs.remove();
  });
  const call = () =>
    programs.calls("cosign").map((line) => line.replaceAll(/\S*\/stagewright-sign-\w+/g, "TMP"));

  it("signs with a key and no service beside it, and leaves nothing behind", async () => {
    // What is read must be there, and must name no service.
    programs.write(
      "cosign",
      'for file in "$6" "$8"; do read -r line < "$file" || [ "$line" ] || exit 1; done',
    );
    await sign(IMAGE, VAULT);
    assert.deepEqual(call(), [
      "sign --yes --key hashivault://blog --signing-config TMP/signing-config.json " +
        `--trusted-root TMP/trusted-root.json ${IMAGE}`,
    ]);
    assert.deepEqual(readdirSync(programs.folder).toSorted(), ["cosign", "cosign.calls"]);
  });

  it("signs without a key by the identity that the machine has", async () => {
    programs.write("cosign", "");
    await sign(IMAGE, KEYLESS);
    assert.deepEqual(call(), [`sign --yes ${IMAGE}`]);
  });

  it("attaches a statement from a file", async () => {
    programs.write("cosign", `read -r line < "$6" || [ "$line" = '{"a":1}' ] || exit 1`);
    await attest(IMAGE, "spdxjson", { a: 1 }, KEYLESS);
    assert.deepEqual(call(), [`attest --yes --type spdxjson --predicate TMP/predicate.json ${IMAGE}`]);
  });

  it("verifies with a key, or with who signed and who vouches for it", async () => {
    programs.write("cosign", `echo '${verified("https://sigstore.dev/cosign/sign/v1")}'`);
    await verify(IMAGE, VAULT);
    await verify(IMAGE, KEYLESS);
    assert.deepEqual(call(), [
      `verify --key hashivault://blog --insecure-ignore-tlog=true --output json ${IMAGE}`,
      "verify --certificate-identity ci@example.com --certificate-oidc-issuer https://accounts.example.com " +
        `--output json ${IMAGE}`,
    ]);
  });

  for (const [what, answer, good] of [
    ["the signature of version 3", verified("https://sigstore.dev/cosign/sign/v1"), true],
    ["an older signature", verified("cosign container image signature"), true],
    ["an SBOM", verified("https://spdx.dev/Document"), false],
    ["a provenance", verified("https://slsa.dev/provenance/v1"), false],
    ["the signature of another image", verified("https://sigstore.dev/cosign/sign/v1", "sha256:b"), false],
    ["something without a type", "[{}]", false],
    ["nothing", "[]", false],
  ] as const) {
    it(`${good ? "takes" : "does not take"} ${what} for the image's signature`, async () => {
      programs.write("cosign", `echo '${answer}'`);
      if (good) await verify(IMAGE, VAULT);
      else await assert.rejects(verify(IMAGE, VAULT), /no signature of the image itself/);
    });
  }

  it("gives what statements say, each of its lines one", async () => {
    programs.write("cosign", `echo '${line({ a: 1 })}'; echo '${line({ b: 2 })}'`);
    assert.deepEqual(await verifiedPredicates(IMAGE, "slsaprovenance1", VAULT), [{ a: 1 }, { b: 2 }]);
    assert.deepEqual(call(), [
      `verify-attestation --type slsaprovenance1 --key hashivault://blog --insecure-ignore-tlog=true ${IMAGE}`,
    ]);
  });

  it("fails with its last error alone, without its warnings", async () => {
    programs.write(
      "cosign",
      "printf 'WARNING: x\\nError: no signatures found\\nerror during command\\n' >&2; exit 10",
    );
    await assert.rejects(verify(IMAGE, VAULT), new CosignError("no signatures found"));
  });
});
