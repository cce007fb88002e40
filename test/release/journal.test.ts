import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ReleaseError } from "../../release/errors";
import { thisHolder } from "../../release/holder";
import { beginRun } from "../../release/journal";
import { appendRecord, readLedger } from "../../release/ledger";
import type { RunPlan, RunState } from "../../release/run-state";
import { unlock } from "../../release/unlock";
import { type Checkouts, makeCheckouts } from "../support/checkouts";
import { digestOf, makeRecord } from "../support/records";
import type { ChildRuns } from "../support/run-child";

const REF = "refs/stagewright/runs/test";
const STEPS = ["deploy", "smoke", "tag"];
const plan: RunPlan = {
  operation: "deploy",
  stack: "test",
  commit: "c".repeat(40),
  version: "20170717.111749-master-1.2.3",
  digest: digestOf("a"),
  by: "ann",
  pipeline: "https://ci.example.com/7",
  command: "stagewright release --stack test",
};
const another: RunPlan = { ...plan, commit: "d".repeat(40), by: "bob" };
const record = makeRecord();
const failed = makeRecord({ result: "failed", failedStep: "smoke", reason: "500" });
const dead = () => ({ ...thisHolder("ann"), started: "1" });
const elsewhere = () => ({ ...thisHolder("ann"), host: "ci-7", pid: 12 });
const silent = { warn: () => undefined };

async function failure(work: Promise<unknown>): Promise<ReleaseError> {
  const error = await work.then(() => undefined).catch((error: unknown) => error);
  assert.ok(error instanceof ReleaseError, String(error));
  return error;
}

async function failAtSmoke(directory: string): Promise<void> {
  const run = await beginRun(directory, plan);
  await run.step("deploy", () => Promise.resolve("done"));
  await assert.rejects(
    run.step("smoke", () => Promise.reject(new Error("500"))),
    /500/,
  );
  await run.fail(failed);
}

describe("a run", () => {
  let checkouts: Checkouts;
  let bare = "";
  let here = "";
  let there = "";

  beforeEach(() => {
    checkouts = makeCheckouts();
    bare = checkouts.remote();
    [here, there] = [checkouts.clone("here"), checkouts.clone("there")];
  });
  afterEach(() => checkouts.remove());

  const isLocked = () => checkouts.git(bare, "for-each-ref", "refs/stagewright").includes(REF);
  const state = () => JSON.parse(checkouts.git(bare, "cat-file", "blob", REF)) as RunState;
  /** Puts a run there as another process would have left it. */
  function leave(changes: Partial<RunState>): void {
    const { by, pipeline: _pipeline, ...what } = plan;
    const left = { ...what, began: "2026-07-01T09:00:00.000Z", holder: thisHolder(by), done: [], ...changes };
    writeFileSync(join(checkouts.folder, "run.json"), JSON.stringify(left));
    checkouts.git(bare, "update-ref", REF, checkouts.git(bare, "hash-object", "-w", "../run.json"));
  }

  it("does its steps in order, gives what they gave, and is one record in the end", async () => {
    const run = await beginRun(here, plan);
    assert.deepEqual(run.resumed, []);
    assert.ok(isLocked());
    assert.deepEqual(await run.step("deploy", () => Promise.resolve({ at: new Date(0) })), {
      at: "1970-01-01T00:00:00.000Z",
    });
    assert.equal(await run.step("smoke", () => Promise.resolve()), undefined);
    assert.deepEqual(
      state().done.map(({ name }) => name),
      ["deploy", "smoke"],
    );
    await run.finish(record);
    assert.ok(!isLocked());
    assert.deepEqual(await readLedger(there, silent), [record]);
  });

  it("works where there is no remote", async () => {
    const alone = checkouts.alone("alone");
    const run = await beginRun(alone, plan);
    await run.step("deploy", () => Promise.resolve(1));
    assert.match((await failure(beginRun(alone, another))).message, /^stack test is locked/);
    await run.finish(record);
    assert.deepEqual(await readLedger(alone, silent), [record]);
    await (await beginRun(alone, another)).leave();
  });

  it("of another project in the same repository is neither waited for nor gone on with", async () => {
    const [blog, shop] = ["blog", "shop"].map((name) => join(here, "apps", name));
    assert.ok(blog && shop);
    for (const folder of [blog, shop]) mkdirSync(folder, { recursive: true });
    const run = await beginRun(blog, plan);
    await run.step("deploy", () => Promise.resolve("blog"));
    const other = await beginRun(shop, plan);
    assert.deepEqual(other.resumed, []);
    await other.leave();
    await run.leave();
    assert.deepEqual((await beginRun(blog, plan)).resumed, ["deploy"]);
  });

  it("keeps others out, and tells who has it, since when, by which pipeline, and the way out", async () => {
    const run = await beginRun(here, plan);
    const { kind, message } = await failure(beginRun(there, another));
    assert.equal(kind, "failed");
    assert.equal(
      message,
      `stack test is locked: deploy of 20170717.111749-master-1.2.3 (${digestOf("a")}) by ann on ${hostname()}, ` +
        `process ${process.pid}, since ${run.began}, https://ci.example.com/7\n` +
        "wait until it has ended; if it is dead: stagewright unlock --stack test",
    );
    await failure(beginRun(there, plan, { takeOver: true }));
    await (await beginRun(there, { ...another, stack: "org/blog/int.eu" })).leave();
    await run.step("deploy", () => Promise.resolve("done"));
    await run.leave();
    assert.deepEqual(await readLedger(there, silent), []);
    assert.deepEqual((await beginRun(there, plan)).resumed, ["deploy"]);
  });

  it("is begun by exactly one of two at once, round after round", async () => {
    const won = { here: 0, there: 0 };
    for (let round = 0; round < 8; round++) {
      const both = await Promise.allSettled([beginRun(here, plan), beginRun(there, plan)]);
      const [winner, ...more] = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const loser = both.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []))[0];
      assert.ok(winner && more.length === 0, `round ${round}`);
      assert.match(String(loser), /stack test is locked: .* by ann /);
      won[both[0].status === "fulfilled" ? "here" : "there"]++;
      await winner.leave();
    }
    assert.equal(won.here + won.there, 8);
  });

  describe("that failed", () => {
    it("is recorded, and goes on from its failed step", async () => {
      await failAtSmoke(here);
      assert.deepEqual(await readLedger(there, silent), [failed]);
      const run = await beginRun(there, plan);
      assert.deepEqual(run.resumed, ["deploy"]);
      assert.equal(await run.step("deploy", () => Promise.reject(new Error("done twice"))), "done");
      assert.equal(await run.step("smoke", () => Promise.resolve("fine")), "fine");
      const later = makeRecord({ ended: "2026-07-01T11:00:00.000Z" });
      await run.finish(later);
      assert.deepEqual(await readLedger(here, silent), [failed, later]);
      assert.ok(!isLocked());
    });

    it("locks nothing: another one replaces it", async () => {
      await failAtSmoke(here);
      const run = await beginRun(there, another);
      assert.deepEqual(run.resumed, []);
      await run.leave();
    });
  });

  describe("whose process is gone", () => {
    it("is resumed by the same run", async () => {
      leave({ holder: dead(), done: [{ name: "deploy", ended: "2026-07-01T09:01:00.000Z", result: 7 }] });
      const run = await beginRun(here, plan);
      assert.equal(run.began, "2026-07-01T09:00:00.000Z");
      assert.deepEqual(run.resumed, ["deploy"]);
      assert.equal(state().holder?.pid, process.pid);
      assert.equal(await run.step("deploy", () => Promise.resolve(8)), 7);
    });

    it("is resumed by one of two at once", async () => {
      leave({ holder: dead() });
      const both = await Promise.allSettled([beginRun(here, plan), beginRun(there, plan)]);
      assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    });

    it("keeps another one out: what was left, and the commands", async () => {
      leave({ holder: dead(), done: [{ name: "deploy", ended: "2026-07-01T09:01:00.000Z" }] });
      const { kind, message } = await failure(beginRun(here, another));
      assert.equal(kind, "failed");
      assert.match(message, /^stack test has an unfinished run, done so far: deploy: deploy of 20170717/);
      assert.match(message, /\nto resume it: stagewright release --stack test\n/);
      assert.match(message, /\nto give it up: stagewright unlock --stack test$/);
      await unlock(here, "test");
      await (await beginRun(here, another)).leave();
    });

    it("is not called dead on another machine: it stays locked until someone says so", async () => {
      leave({ holder: elsewhere() });
      assert.match(
        (await failure(beginRun(here, plan))).message,
        /^stack test is locked: .* on ci-7, process 12,/,
      );
      assert.match((await failure(beginRun(here, another, { takeOver: true }))).message, /unfinished run/);
      await (await beginRun(here, plan, { takeOver: true })).leave();
      leave({ holder: { ...thisHolder("ann"), space: "another container" } });
      assert.match((await failure(beginRun(here, plan))).message, /^stack test is locked/);
    });

    it("is recorded with what it had noted as its end, whoever comes", async () => {
      for (const [next, resumed] of [
        [plan, ["deploy"]],
        [another, []],
      ] as const) {
        leave({ holder: dead(), ending: record, done: [{ name: "deploy", ended: record.ended }] });
        const run = await beginRun(here, next);
        assert.deepEqual(run.resumed, resumed);
        assert.deepEqual(await readLedger(there, silent), [record]);
        if (next === plan) await run.finish(makeRecord({ ended: "2026-07-01T12:00:00.000Z" }));
        else await run.leave();
        assert.deepEqual(await readLedger(there, silent), [record]);
      }
    });
  });

  it("stops at its next step once the lock was taken from it", async () => {
    const run = await beginRun(here, plan);
    assert.equal((await unlock(there, "test", { force: true })).unlocked, true);
    const other = await beginRun(there, another);
    const { message } = await failure(run.step("deploy", () => Promise.resolve()));
    assert.match(message, /^stack test was unlocked by someone while this run had it \(after deploy\)/);
    await failure(run.finish(record));
    await failure(run.leave());
    assert.deepEqual(await readLedger(here, silent), []);
    await other.finish(makeRecord({ commit: another.commit }));
  });

  it("is told once which ref the remote does not take, and the right that is needed", async () => {
    checkouts.refuse("true", "denied");
    const { kind, message } = await failure(beginRun(here, plan));
    assert.equal(kind, "failed");
    assert.match(message, /^origin does not take refs\/stagewright\/runs\/test: .*denied\n.*right to push/);
  });

  it("is not begun over something that nobody can read", async () => {
    leave({});
    writeFileSync(join(checkouts.folder, "run.json"), "{}");
    checkouts.git(bare, "update-ref", REF, checkouts.git(bare, "hash-object", "-w", "../run.json"));
    assert.match((await failure(beginRun(here, plan))).message, /unlock --stack test --force$/);
    assert.match((await failure(unlock(here, "test"))).message, /unlock --stack test --force$/);
    assert.deepEqual(await unlock(here, "test", { force: true }), { unlocked: true });
  });

  describe("that is unlocked", () => {
    it("was there, or was not", async () => {
      assert.deepEqual(await unlock(here, "test"), { unlocked: false });
      leave({ holder: elsewhere() });
      assert.equal((await unlock(here, "test")).run?.holder?.host, "ci-7");
      assert.ok(!isLocked());
    });

    it("is not given up while it is alive on this machine, unless it is meant", async () => {
      await beginRun(here, plan);
      const { message } = await failure(unlock(there, "test"));
      assert.match(
        message,
        /^stack test stays locked, its run is alive: deploy of .*\n.*kill \d+; .* --force$/,
      );
      assert.ok(isLocked());
      assert.equal((await unlock(there, "test", { force: true })).unlocked, true);
    });

    it("keeps the record that it had noted", async () => {
      leave({ holder: dead(), ending: record });
      await unlock(here, "test");
      assert.deepEqual(await readLedger(here, silent), [record]);
      await appendRecord(here, record);
      assert.deepEqual(await readLedger(here, silent), [record]);
    });
  });

  describe("killed", () => {
    let child: ChildProcess | undefined;
    afterEach(() => child?.kill("SIGKILL"));

    const places = ["begun", ...STEPS.flatMap((step) => [`in ${step}`, `after ${step}`]), "end"];
    const runs = () =>
      places.map((stopAt, index) => ({
        plan: { ...plan, stack: `stack-${index}` },
        record: makeRecord({ stack: `stack-${index}` }),
        log: join(checkouts.folder, `${index}.log`),
        stopAt,
      }));

    /** Kills a process that has a run stopped at each place, with -9. */
    async function kill(given: ChildRuns): Promise<void> {
      const program = join(__dirname, "..", "support", "run-child.ts");
      child = spawn(process.execPath, ["--import", "tsx", program, JSON.stringify(given)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      assert.ok(child.stdout);
      await once(child.stdout, "data");
      child.kill("SIGKILL");
      await once(child, "exit");
    }

    it(`at each of ${places.length} places, is finished by the next, and does no step that was noted`, async () => {
      const directory = checkouts.alone("alone");
      const given = runs();
      await kill({ directory, steps: STEPS, runs: given });
      for (const { plan, record, log, stopAt } of given) {
        const begun = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
        const noted = stopAt.startsWith("in ") ? begun.slice(0, -1) : begun;
        const run = await beginRun(directory, plan);
        assert.deepEqual(run.resumed, stopAt === "end" ? [] : noted, stopAt);
        if (stopAt === "end") continue;
        const did: string[] = [];
        for (const name of STEPS) {
          const work = () => Promise.resolve({ name: (did.push(name), name) });
          assert.deepEqual(await run.step(name, work), { name });
        }
        assert.deepEqual([...noted, ...did], STEPS, stopAt);
        await run.finish(record);
      }
      const recorded = await readLedger(directory, silent);
      assert.deepEqual(
        recorded.map(({ stack }) => stack).toSorted(),
        given.map(({ plan }) => plan.stack),
      );
    });
  });
});
