import assert from "node:assert/strict";
import { course, FellBack } from "../../release/course";
import { type Errand, planOf } from "../../release/errand";
import { ReleaseError } from "../../release/errors";
import { beginRun } from "../../release/journal";
import { appendRecord } from "../../release/ledger";
import { release } from "../../release/release";
import { deployStage, isUnderWay, smokeStage, tagGitStage, tagImageStage } from "../../release/stages";
import { readStack } from "../../release/stack";
import { unlock } from "../../release/unlock";
import { Errands } from "../support/errands";
import { digestOf, makeRecord } from "../support/records";

const [ONE, TWO] = [digestOf("1"), digestOf("2")];

describe("a release", () => {
  let errands: Errands;
  beforeEach(() => void (errands = new Errands()));
  afterEach(() => errands.stop());

  const request = (stack = "test") => {
    const { directory, address, progress } = errands;
    return { directory, stack, address, takeOver: false, progress };
  };
  const results = async () =>
    (await errands.records()).map(({ operation, digest, result, failedStep }) =>
      [operation, digest, result, failedStep].filter(Boolean).join(" "),
    );

  it("goes through every step, and gives the image its names once it is proved", async () => {
    await errands.start();
    const commit = errands.commit(ONE);
    // As the engine does with what it keeps a new stack's secrets with.
    errands.meanwhile("echo 'encryptionsalt: v1:abc' >> Pulumi.test.yaml");
    const { record } = await release(request());
    assert.deepEqual(await errands.records(), [record]);
    assert.deepEqual([record.commit, record.digest, record.result], [commit, ONE, "succeeded"]);
    assert.equal(errands.tagged("test", record.version), ONE);
    assert.equal(errands.git("rev-parse", `test/${record.version}^{commit}`), commit);
  });

  it("that fails its smoke test is not tagged, is recorded, and goes on there once it answers", async () => {
    await errands.start();
    errands.commit(ONE);
    errands.broken.add(ONE);
    await assert.rejects(release(request()), /there is no earlier image to go back to$/);
    assert.deepEqual(await results(), [`deploy ${ONE} failed smoke`]);
    assert.equal(errands.tagged("test", "test"), undefined);
    errands.broken.clear();
    await release(request());
    assert.ok(errands.told.includes("deploy: was done before"));
    assert.deepEqual((await results())[1], `deploy ${ONE} succeeded`);
  });

  it("that fails its smoke test goes back by itself where the stack says so, and both are recorded", async () => {
    await errands.start({ test: { rollback: "automatic" } });
    errands.commit(ONE);
    await release(request());
    errands.commit(TWO);
    errands.broken.add(TWO);
    const error: unknown = await release(request()).catch((reason: unknown) => reason);
    assert.ok(error instanceof FellBack);
    assert.match(
      error.message,
      /^smoke test failed: GET \/: expected 200, came 500\nstack test is back at \d/,
    );
    assert.equal(errands.deployed("test"), ONE);
    assert.deepEqual((await results()).slice(1), [`deploy ${TWO} failed smoke`, `rollback ${ONE} succeeded`]);
    assert.deepEqual(
      (await errands.records()).map(({ replaces }) => replaces),
      [undefined, ONE, TWO],
    );
  });

  it("goes back no further than an image that fails too: it says so, and is resumed there", async () => {
    await errands.start({ test: { rollback: "automatic" } });
    errands.commit(ONE);
    await release(request());
    errands.commit(TWO);
    errands.broken.add(ONE).add(TWO);
    await assert.rejects(
      release(request()),
      /went back to, fails it too:\n {2}GET \/: expected 200, came 500\n/,
    );
    errands.broken.delete(ONE);
    await assert.rejects(release(request()), FellBack);
    assert.deepEqual((await results()).at(-1), `rollback ${ONE} succeeded`);
    assert.equal((await results()).filter((line) => line === `deploy ${TWO} failed smoke`).length, 1);
  });

  it("whose engine did not come to building is no record, and says how the engine is unlocked", async () => {
    await errands.start();
    errands.commit(ONE);
    errands.lockEngine("test");
    await assert.rejects(release(request()), {
      kind: "failed",
      message: /if nothing is at work there: pulumi cancel --stack test --yes$/,
    });
    assert.deepEqual(await results(), []);
  });

  for (const [what, script] of [
    ["changes a file", "echo more >> CHANGES"],
    ["adds a file", "echo new > added"],
    ["commits", "git commit -q --allow-empty -m Another"],
  ] as const) {
    it(`is not taken for its commit where somebody ${what} while it is built`, async () => {
      await errands.start();
      errands.commit(ONE);
      errands.meanwhile(script);
      await assert.rejects(release(request()), /the checkout was changed while this run was under way/);
      assert.deepEqual(await results(), []);
      assert.equal(errands.tagged("test", "test"), undefined);
    });
  }

  it("is not proved by the answers of an image that somebody else deployed meanwhile", async () => {
    await errands.start();
    errands.commit(ONE);
    await deployStage(request());
    errands.deployPast("test", TWO);
    const message = new RegExp(
      `${TWO} by somebody else .*\\n.*unlock --stack test && stagewright smoke --stack test$`,
    );
    await assert.rejects(smokeStage(request()), message);
    assert.equal(errands.tagged("test", "test"), undefined);
    await unlock(errands.directory, "test");
    assert.equal(await isUnderWay(errands.directory, "test"), false);
  });

  it("is not begun on what another one has overtaken, and keeps no lock", async () => {
    await errands.start();
    const commit = errands.commit(ONE);
    const { directory, progress } = errands;
    await appendRecord(directory, makeRecord({ stack: "test", commit }));
    const stack = readStack(directory, "test");
    const errand: Errand = {
      directory,
      operation: "deploy",
      stack: "test",
      environment: "test",
      commit,
      version: "v",
      actor: { by: "ann" },
      command: "stagewright release --stack test",
      progress,
    };
    const start = { errand, stack, before: undefined, latest: undefined, takeOver: false };
    const message =
      /^Error: a deploy of \S+ in stack test was recorded while this run was planned; nothing was done/;
    await assert.rejects(
      course(start, () => assert.fail("it was begun")),
      message,
    );
    await (await beginRun(directory, planOf(errand))).leave();
  });

  it("to a stack that builds none is refused, with the command that brings one there", async () => {
    await errands.start();
    errands.commit(ONE);
    const error = "stagewright promote --from test --to int";
    process.env["STAGEWRIGHT_DIGEST"] = ONE;
    try {
      await assert.rejects(release(request("int")), { kind: "usage", message: new RegExp(`${error}$`) });
    } finally {
      delete process.env["STAGEWRIGHT_DIGEST"];
    }
  });

  it("in single stages takes them in order alone, and is one record in the end", async () => {
    await errands.start();
    errands.commit(ONE);
    for (const [stage, missing] of [
      [smokeStage, "deploy"],
      [tagImageStage, "deploy"],
      [tagGitStage, "deploy"],
    ] as const) {
      await assert.rejects(stage(request()), (error) => {
        assert.ok(error instanceof ReleaseError && error.kind === "usage");
        assert.match(
          error.message,
          new RegExp(`did not pass ${missing} in stack test yet: stagewright ${missing}`),
        );
        return true;
      });
    }
    assert.equal(await isUnderWay(errands.directory, "test"), false);
    await deployStage(request());
    assert.equal(await isUnderWay(errands.directory, "test"), true);
    await assert.rejects(tagImageStage(request()), /did not pass smoke/);
    await smokeStage(request());
    await assert.rejects(tagGitStage(request()), /did not pass tag-image/);
    await tagImageStage(request());
    const { record } = await tagGitStage(request());
    assert.deepEqual(await errands.records(), [record]);
    assert.equal(await isUnderWay(errands.directory, "test"), false);
  });
});
