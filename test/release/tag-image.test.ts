import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mock } from "node:test";
import timers from "node:timers/promises";
import { ReleaseError } from "../../release/errors";
import { tagImage } from "../../release/tag-image";
import { fakePrograms, type Programs } from "../support/programs";

const [ONE, TWO] = ["a", "b"].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];
const REPOSITORY = "r.example.com/blog";
const VERSION = "20170717.111749-master-1.2.3";

/** A registry of one file a tag; `after` is done behind each tag that is set. */
const crane = (after = "") => `
folder="\${0%/*}"
case "$1" in
digest)
  case "$2" in
  *@${ONE} | *@${TWO}) echo "\${2#*@}"; exit 0;;
  esac
  file="$folder/tag-\${2##*:}"
  [ -e "$file" ] || { echo "Error: MANIFEST_UNKNOWN: unknown" >&2; exit 1; }
  read -r digest < "$file"; echo "$digest";;
tag) echo "\${2#*@}" > "$folder/tag-$3"; ${after};;
esac`;

describe("the tags of an image", () => {
  let programs: Programs;
  const told: string[] = [];
  const progress = { step: (text: string) => void told.push(text), warn: () => undefined };
  beforeEach(() => {
    programs = fakePrograms();
    programs.write("crane", crane());
    told.length = 0;
  });
  afterEach(() => programs.remove());

  const tag = (digest: string, more: object = {}) =>
    tagImage({ repository: REPOSITORY, digest, version: VERSION, stack: "test", progress, ...more });
  const put = (name: string, digest: string) => programs.put(`tag-${name}`, `${digest}\n`);
  const named = (name: string) => readFileSync(join(programs.folder, `tag-${name}`), "utf8").trim();
  const written = () => programs.calls("crane").filter((call) => call.startsWith("tag "));

  it("are its version first and the stack then, and it is told", async () => {
    assert.deepEqual(await tag(ONE), { version: "set", stack: "set" });
    assert.deepEqual(written(), [`tag ${REPOSITORY}@${ONE} ${VERSION}`, `tag ${REPOSITORY}@${ONE} test`]);
    assert.deepEqual(told, [`${VERSION} and test name ${ONE}`]);
  });

  it("are not written where they are right", async () => {
    put(VERSION, ONE);
    put("test", ONE);
    assert.deepEqual(await tag(ONE), { version: "there", stack: "there" });
    assert.deepEqual(written(), []);
  });

  it("move for the stack, where the version is there", async () => {
    put(VERSION, ONE);
    put("test", TWO);
    assert.deepEqual(await tag(ONE), { version: "there", stack: "set" });
    assert.deepEqual(written(), [`tag ${REPOSITORY}@${ONE} test`]);
  });

  it("are not written when the version names another image", async () => {
    put(VERSION, TWO);
    await assert.rejects(tag(ONE), (error) => {
      assert.ok(error instanceof ReleaseError);
      assert.equal(error.kind, "failed");
      assert.ok(error.message.startsWith(`version ${VERSION} names ${TWO} in ${REPOSITORY}, not ${ONE}: `));
      return true;
    });
    assert.deepEqual(written(), []);
  });

  it("are not written when the image is not there", async () => {
    await assert.rejects(tag(`sha256:${"c".repeat(64)}`), /does not have sha256:c+, so it cannot be tagged/);
    assert.deepEqual(written(), []);
  });

  it("fail when another tagger wrote the version a moment later, and the stack's stays then", async () => {
    put("test", TWO);
    const waiting = mock.method(timers, "setTimeout", async () => void put(VERSION, TWO));
    await assert
      .rejects(tag(ONE), new RegExp(`version ${VERSION} names ${TWO}`))
      .finally(() => waiting.mock.restore());
    assert.ok(Number(waiting.mock.calls[0]?.arguments[0]) >= 1000);
    assert.equal(named("test"), TWO);
  });

  it("fail when the stack's tag was moved at the same time", async () => {
    put(VERSION, ONE);
    programs.write("crane", crane(`echo ${TWO} > "$folder/tag-$3"`));
    await assert.rejects(tag(ONE), /tag test names sha256:b+ in .*, not sha256:a+: somebody else tags it/);
  });

  it("fail in one error when the registry does not answer", async () => {
    programs.write("crane", "echo 'Error: dial tcp: connection refused' >&2; exit 1");
    await assert.rejects(tag(ONE), (error) => {
      assert.ok(error instanceof ReleaseError);
      assert.ok(
        error.message.startsWith(`${REPOSITORY}@${ONE} was not tagged ${VERSION}: registry r.example.com`),
      );
      return true;
    });
  });

  for (const wrong of ["", "-x", ".x", "a b", "a/b", "a:b", "ä", "a".repeat(129), "x\n"]) {
    it(`are refused before anything is asked when one is ${JSON.stringify(wrong).slice(0, 20)}`, async () => {
      for (const more of [{ version: wrong }, { stack: wrong }]) {
        await assert.rejects(tag(ONE, more), { kind: "usage" });
      }
      assert.deepEqual(programs.calls("crane"), []);
    });
  }

  it("need crane", async () => {
    programs.remove();
    programs = fakePrograms();
    await assert.rejects(tag(ONE), { kind: "part missing" });
  });
});
