import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { appendRecord } from "../../release/ledger";
import { readRecordedImage } from "../../release/recorded-image";
import { type Checkouts, makeCheckouts } from "../support/checkouts";
import { digestOf, makeRecord } from "../support/records";

const STACK = {
  "shop:image": { repository: "registry.example.com/shop" },
  "shop:gateway": { name: "public", namespace: "gateway" },
  "shop:application": { host: "shop.example.com" },
};

describe("the image that a stack keeps when its configuration alone is deployed", () => {
  let checkouts: Checkouts;
  let here = "";
  const said: string[] = [];
  const progress = { step: (text: string) => said.push(text), warn: (text: string) => said.push(text) };
  const declare = (stack: string, config: object = STACK) =>
    writeFileSync(join(here, `Pulumi.${stack}.yaml`), JSON.stringify({ config }));
  const recorded = (letter: string, more: object = {}) =>
    appendRecord(here, {
      ...makeRecord({ stack: "int", commit: checkouts.git(here, "rev-parse", "HEAD"), ...more }),
      digest: digestOf(letter),
    });

  beforeEach(() => {
    said.length = 0;
    checkouts = makeCheckouts();
    here = checkouts.alone("here");
    writeFileSync(join(here, "Pulumi.yaml"), JSON.stringify({ name: "shop", runtime: "nodejs" }));
    declare("int");
  });
  afterEach(() => {
    delete process.env["STAGEWRIGHT_DIGEST"];
    checkouts.remove();
  });

  it("is the one that it took last, with its commit and version, and that is said", async () => {
    await recorded("a", { ended: "2026-11-24T10:00:00.000Z" });
    await recorded("b", { ended: "2026-11-24T11:00:00.000Z" });
    await recorded("c", { ended: "2026-11-24T12:00:00.000Z", result: "failed", failedStep: "smoke" });
    const image = await readRecordedImage(here, "int", progress);
    const commit = checkouts.git(here, "rev-parse", "HEAD");
    assert.deepEqual(image, { digest: digestOf("b"), commit, version: makeRecord({}).version });
    assert.deepEqual(said, [`keeping ${image.version}, which stack int took last`]);
  });

  it("is none where nothing was recorded for the stack", async () => {
    await recorded("a", { stack: "prod" });
    assert.deepEqual(await readRecordedImage(here, "int", progress), {});
  });

  it("is the file's where it names one", async () => {
    await recorded("a");
    const image = { ...STACK["shop:image"], digest: digestOf("d") };
    declare("int", { ...STACK, "shop:image": image });
    assert.deepEqual(await readRecordedImage(here, "int", progress), {});
  });

  it("is the environment's where it names one", async () => {
    await recorded("a");
    process.env["STAGEWRIGHT_DIGEST"] = digestOf("d");
    assert.deepEqual(await readRecordedImage(here, "int", progress), {});
  });

  it("is built anew where images are built", async () => {
    await recorded("a", { stack: "test" });
    declare("test", { ...STACK, "shop:image": { ...STACK["shop:image"], context: "." } });
    assert.deepEqual(await readRecordedImage(here, "test", progress), {});
  });
});
