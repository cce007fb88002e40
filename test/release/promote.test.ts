import assert from "node:assert/strict";
import { appendRecord } from "../../release/ledger";
import { promote } from "../../release/promote";
import { Errands } from "../support/errands";
import { digestOf, makeRecord } from "../support/records";

const ONE = digestOf("1");

describe("a promotion", () => {
  let errands: Errands;
  let commit = "";

  beforeEach(async () => {
    errands = new Errands();
    await errands.start();
    commit = errands.commit(ONE);
  });
  afterEach(() => errands.stop());

  const proved = (more: object = {}) =>
    appendRecord(errands.directory, makeRecord({ commit, digest: ONE, ...more }));
  const bring = (more: object = {}) => {
    const { directory, address, progress } = errands;
    return promote({ directory, to: "int", despiteHold: false, address, takeOver: false, progress, ...more });
  };

  it("brings what was proved by its digest, with its version, and tags it there", async () => {
    await proved();
    const { record, url } = await bring();
    const { operation, stack, digest, version, environment } = record;
    assert.equal(url, "http://int.example.com");
    assert.deepEqual([operation, stack, environment, digest], ["promote", "int", "int", ONE]);
    assert.equal(version, makeRecord().version);
    assert.deepEqual((await errands.records()).at(-1), record);
    assert.equal(errands.deployed("int"), ONE);
    assert.equal(errands.tagged("int", version), ONE);
    assert.equal(errands.git("rev-parse", `int/${version}^{commit}`), commit);
  });

  it("that fails is recorded with its digest and step, and tags nothing", async () => {
    await proved();
    errands.broken.add(ONE);
    await assert.rejects(bring(), /is deployed to stack int, and is not tagged/);
    const failed = (await errands.records()).at(-1);
    assert.deepEqual([failed?.digest, failed?.result, failed?.failedStep], [ONE, "failed", "smoke"]);
    assert.equal(errands.tagged("int", "int"), undefined);
  });

  it("whose engine is locked says how it is unlocked, and is done afterwards", async () => {
    await proved();
    errands.lockEngine("int");
    await assert.rejects(bring(), /pulumi cancel --stack int --yes$/);
    assert.equal((await errands.records()).at(-1)?.failedStep, "deploy");
  });

  for (const [what, more, message] of [
    [
      "from another stack than the declared one",
      { from: "prod" },
      "stack int takes images from test, not from prod: stagewright promote --from test --to int; " +
        "to change that: pulumi config set --stack int --path release.from prod",
    ],
    [
      "to a stack that builds its own image",
      { to: "test" },
      "stack test builds its own image, so nothing is promoted to it: stagewright release --stack test",
    ],
  ] as const) {
    it(`${what} is refused, with what may be meant`, async () => {
      await proved();
      await assert.rejects(bring(more), { kind: "usage", message });
      assert.equal(errands.deployed("int"), undefined);
    });
  }

  it("of what was not proved is refused before anything is touched", async () => {
    await proved({ result: "failed", failedStep: "smoke", reason: "500" });
    await assert.rejects(bring(), /may not go to int: it failed there at smoke/);
    assert.equal(errands.deployed("int"), undefined);
    assert.deepEqual(errands.told, []);
  });
});
