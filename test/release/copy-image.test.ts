import assert from "node:assert/strict";
import { copyImage } from "../../release/copy-image";
import { ReleaseError } from "../../release/errors";
import { fakePrograms, type Programs } from "../support/programs";

const [IMAGE, SIGNATURE] = ["a", "b"].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];
const [FROM, TO] = ["r.example.com/blog", "s.example.com/blog"];

/** What is there; a copy makes `arrives` of it. */
interface Registries {
  readonly held?: readonly string[];
  readonly listed?: boolean;
  readonly arrives?: { readonly held?: readonly string[]; readonly listed?: boolean };
}

const have = (digests: readonly string[]) => digests.map((digest) => `"${TO}@${digest}"`).join("|") || "no";

describe("the copy of an image", () => {
  let programs: Programs;
  const told: string[] = [];
  const progress = { step: (text: string) => void told.push(text), warn: () => undefined };
  beforeEach(() => {
    programs = fakePrograms();
    told.length = 0;
  });
  afterEach(() => programs.remove());

  /** Two registries: the source has all of it, the target what is said. */
  function registries({ held = [], listed = false, arrives = {} }: Registries): void {
    const after = { held: arrives.held ?? [IMAGE, SIGNATURE], listed: arrives.listed ?? true };
    const list = (shown: boolean) =>
      `echo '${JSON.stringify({ referrers: shown ? [{ digest: SIGNATURE, artifactType: "signature" }] : [] })}'`;
    programs.write(
      "crane",
      `copied="\${0%/*}/copied"
      case "$1 $2" in
      "digest ${FROM}@"*) echo "\${2#*@}"; exit;;
      "digest "*)
        if [ -e "$copied" ]; then case "$2" in ${have(after.held)}) echo "\${2#*@}"; exit;; esac
        else case "$2" in ${have(held)}) echo "\${2#*@}"; exit;; esac; fi
        echo 'Error: MANIFEST_UNKNOWN: unknown' >&2; exit 1;;
      manifest*) echo '{}';;
      esac`,
    );
    programs.write(
      "oras",
      `copied="\${0%/*}/copied"
      case "$*" in
      cp*) : > "$copied"; echo "Copied  aaaaaaaaaaaa application/vnd.oci.image.layer.v1.tar+gzip";;
      *${FROM}*) ${list(true)};;
      *) if [ -e "$copied" ]; then ${list(after.listed)}; else ${list(listed)}; fi;;
      esac`,
    );
  }
  const copy = () => copyImage({ from: FROM, digest: IMAGE, to: TO, progress });
  const copies = () => programs.calls("oras").filter((call) => call.startsWith("cp "));

  it("brings image and signature, and tells how much was sent", async () => {
    registries({});
    assert.deepEqual(await copy(), { moved: 1, referrers: [{ digest: SIGNATURE, type: "signature" }] });
    assert.deepEqual(told, [`copying ${FROM}@${IMAGE} to ${TO}`, `${TO} has ${IMAGE}, with 1 referrers`]);
  });

  it("is not made where all of it is there", async () => {
    registries({ held: [IMAGE, SIGNATURE], listed: true });
    assert.equal((await copy()).moved, 0);
    assert.deepEqual(copies(), []);
  });

  for (const listed of [false, true]) {
    it(`is made where the image is there and its signature is not, ${listed ? "though" : "nor"} listed`, async () => {
      registries({ held: [IMAGE], listed });
      await copy();
      assert.equal(copies().length, 1);
    });
  }

  for (const [what, arrives, message] of [
    [
      "the image",
      { held: [] },
      `${TO}@${IMAGE}: the image did not arrive\n  look: crane digest ${TO}@${IMAGE}`,
    ],
    [
      "the list of referrers",
      { listed: false },
      `${TO}@${IMAGE}: signature ${SIGNATURE} did not arrive\n  look: oras discover ${TO}@${IMAGE}`,
    ],
    [
      "a referrer that is listed",
      { held: [IMAGE] },
      `${TO}@${IMAGE}: signature ${SIGNATURE} did not arrive\n  look: oras discover ${TO}@${IMAGE}`,
    ],
  ] as const) {
    it(`fails when ${what} did not arrive`, async () => {
      registries({ arrives });
      await assert.rejects(copy, new ReleaseError("failed", message));
    });
  }

  it("needs crane and oras", async () => {
    await assert.rejects(copy, (error) => {
      assert.ok(error instanceof ReleaseError && error.kind === "part missing");
      assert.match(error.message, /crane: .*\n.*\n.*oras: /);
      return true;
    });
  });
});
