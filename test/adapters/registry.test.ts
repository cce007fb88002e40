import assert from "node:assert/strict";
import { digestOf, isPlain, manifestOf, tagDigest, tagsOf } from "../../adapters/registry";
import { RegistryError } from "../../adapters/registry-error";
import { fakePrograms, type Programs } from "../support/programs";

const DIGEST = `sha256:${"a".repeat(64)}`;
const HEAD = "HEAD request failed, falling back on GET: unexpected status code 404 Not Found";

/** What crane says, and whether it means that there is no such image. */
const COMPLAINTS: readonly (readonly [complaint: string, absent: boolean, told?: string])[] = [
  ["Error: GET http://r/v2/x/manifests/y: MANIFEST_UNKNOWN: Unknown manifest", true],
  ["Error: GET http://r/v2/x/manifests/y: NAME_UNKNOWN: repository name not known to registry", true],
  ["Error: GET https://r/v2/x/manifests/y: NOT_FOUND: artifact x:y not found", true],
  ["Error: GET https://r/v2/x/manifests/y: unexpected status code 404 Not Found: <!doctype html>", true],
  [
    `Error: Get "http://r/v2/": dial tcp 127.0.0.1:1: connect: connection refused`,
    false,
    'registry r.example.com does not answer: Get "http://r/v2/": dial tcp 127.0.0.1:1: connect: connection refused\n' +
      "  look: crane digest r.example.com/x:y",
  ],
  [
    'Error: Get "https://r/v2/": dial tcp: lookup r: no such host',
    false,
    'registry r.example.com does not answer: Get "https://r/v2/": dial tcp: lookup r: no such host\n' +
      "  look: crane digest r.example.com/x:y",
  ],
  [
    "Error: GET https://r/v2/x/manifests/y: UNAUTHORIZED: authentication required",
    false,
    "registry r.example.com refuses: GET https://r/v2/x/manifests/y: UNAUTHORIZED: authentication required\n" +
      "  log in: docker login r.example.com",
  ],
  [
    "Error: GET https://r/v2/x/manifests/y: DENIED: requested access is denied",
    false,
    "registry r.example.com refuses: GET https://r/v2/x/manifests/y: DENIED: requested access is denied\n" +
      "  log in: docker login r.example.com",
  ],
  [
    `${HEAD}\nError: GET https://r/v2/x/manifests/y: unexpected status code 500 Internal Server Error`,
    false,
    "registry r.example.com: GET https://r/v2/x/manifests/y: unexpected status code 500 Internal Server Error\n" +
      "  look: crane digest r.example.com/x:y",
  ],
];

describe("a registry, asked through crane", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  it("says which digest a tag names", async () => {
    programs.write("crane", `echo ${DIGEST}`);
    assert.equal(await digestOf("r.example.com/x:y"), DIGEST);
    assert.deepEqual(programs.calls("crane"), ["digest r.example.com/x:y"]);
  });

  for (const [complaint, absent, told] of COMPLAINTS) {
    it(`that says ${complaint.split(": ").slice(-2).join(": ")} ${absent ? "does not have it" : "has failed"}`, async () => {
      programs.write("crane", `echo '${complaint}' >&2\nexit 1`);
      const asked = digestOf("r.example.com/x:y");
      if (absent) return assert.equal(await asked, undefined);
      return assert.rejects(asked, (error) => {
        assert.ok(error instanceof RegistryError);
        assert.equal(error.message, told);
        return true;
      });
    });
  }

  it("gives the manifest of an image", async () => {
    programs.write("crane", `echo '{"manifests":[{"digest":"${DIGEST}"}]}'`);
    assert.deepEqual(await manifestOf("r.example.com/x:y"), { manifests: [{ digest: DIGEST }] });
  });

  it("gives the tags of a repository, none where there is no such repository", async () => {
    programs.write("crane", "echo one; echo two");
    assert.deepEqual(await tagsOf("r.example.com/x"), ["one", "two"]);
    programs.write("crane", "echo 'Error: reading tags for r/x: NAME_UNKNOWN: unknown' >&2; exit 1");
    assert.deepEqual(await tagsOf("r.example.com/x"), []);
  });

  it("lets a tag name a digest, and fails where there is none such", async () => {
    programs.write("crane", "");
    await tagDigest("r.example.com/x", DIGEST, "1.0");
    assert.deepEqual(programs.calls("crane"), [`tag r.example.com/x@${DIGEST} 1.0`]);
    programs.write("crane", "echo 'Error: fetching: MANIFEST_UNKNOWN: unknown' >&2; exit 1");
    await assert.rejects(
      tagDigest("r.example.com/x", DIGEST, "1.0"),
      /^Error: registry r\.example\.com: fetching/,
    );
  });
});

describe("plain http", () => {
  for (const [reference, plain] of [
    ["localhost/x", true],
    ["localhost:5000/x@sha256:a", true],
    ["127.0.0.1:5000/team/x", true],
    ["127.1.2.3/x", true],
    ["[::1]:5000/x", true],
    ["localhost.example.com/x", false],
    ["127.0.0.1.example.com:5000/x", false],
    ["registry.example.com/localhost:5000/x", false],
    ["10.0.0.1:5000/x", false],
  ] as const) {
    it(`is ${plain ? "" : "not "}spoken to ${reference}`, () => assert.equal(isPlain(reference), plain));
  }
});
