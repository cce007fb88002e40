import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clearAway } from "../../../release/drills/clearing";
import { drillFailover } from "../../../release/drills/failover";
import { writerPod } from "../../../release/drills/writer-pod";
import { DRILLED, drilledCluster } from "../../support/drilled";
import { at } from "../../support/program";
import { fakePrograms, type Programs } from "../../support/programs";

describe("what a failover drill leaves, whatever ends it", () => {
  let programs: Programs;
  const told: string[] = [];
  let onStep: (text: string) => void;
  const telling = {
    step: (text: string) => onStep(text),
    warn: (text: string) => void told.push(text),
  };
  beforeEach(() => {
    programs = fakePrograms("sh", "sleep", "ps");
    told.length = 0;
    onStep = () => undefined;
  });
  const { now } = Date;
  afterEach(() => {
    Date.now = now;
    programs.remove();
  });

  const DELETION = "delete pod db-drill-writer --namespace blog";
  const DROP = "drop table if exists stagewright_drill";
  const SIGNAL = `kill -TERM ${process.pid}; sleep 0.2`;
  const HOUR = 3_600_000;
  /** A kubectl that lets a drill begin, and then does something more when it is to clear away or to tell what is kept. */
  function machine({ deletion = ":", drop = ":", selection = ":", log = ":" }): void {
    const begun = `[ -e "${programs.folder}/pod" ]`;
    const first = [
      'case "$*" in',
      `*"create --filename"*) /bin/cat > "${programs.folder}/pod"; exit 0;;`,
      `*"${DELETION}"*) if ${begun}; then ${deletion}; fi;;`,
      `*"${DROP}"*) if ${begun}; then ${drop}; fi;;`,
      `*"select id"*) ${selection};;`,
      `*"logs "*) ${log};;`,
      "esac",
    ];
    const ids = Array.from({ length: 40 }, (_, index) => index + 1);
    const answers = {
      "get clusters": drilledCluster(),
      logs: ids.map((id) => `${id} ${Date.now() + HOUR + id}`).join("\n"),
      "select id": ids.join("\n"),
      "delete pod db-1": undefined,
      "": "",
    };
    programs.answer("kubectl", answers, first.join("\n"));
  }
  const cleared = () => {
    const all = programs.calls("kubectl");
    const calls = all.slice(all.findIndex((call) => call.includes("create --filename")) + 1);
    assert.ok(calls.some((call) => call.includes(DELETION)));
    assert.match(calls.at(-1) ?? "", new RegExp(`exec db-1 .* ${DROP}$`));
  };
  const INTERRUPTED = { message: "interrupted; the writing has ended and its table is removed" };
  const interruptAt = (words: string) => {
    onStep = (text) => void (text.includes(words) && setImmediate(() => process.emit("SIGINT")));
  };

  /** Lets the time pass that a drill waits for what comes of a fault. */
  const comeBack = () => {
    onStep = (text) => void (text.includes("waiting until all") && (Date.now = () => now() + 5000));
  };

  for (const words of ["writing until it goes steadily", "waiting until all instances are back"]) {
    it(`ends the writing and removes its table when interrupted: ${words}`, async () => {
      machine({});
      interruptAt(words);
      await assert.rejects(drillFailover(DRILLED, { kind: "kill" }, telling), INTERRUPTED);
      cleared();
      assert.deepEqual(told, []);
    });
  }

  it("does nothing to the primary once interrupted", async () => {
    machine({});
    interruptAt("writing until");
    await assert.rejects(drillFailover(DRILLED, { kind: "kill" }, telling), INTERRUPTED);
    assert.ok(!programs.calls("kubectl").some((call) => call.includes("kill -9")));
  });

  it("clears away to the end when interrupted once more, where a terminal's Ctrl-C does not reach", async () => {
    const { folder } = programs;
    const own = (name: string) => `[ "$(ps -o pgid= -p $$)" -eq $$ ] && : > "${folder}/${name}"`;
    machine({ deletion: `${own("deletion")}; ${SIGNAL}`, drop: `${own("drop")}; ${SIGNAL}` });
    interruptAt("waiting until all");
    await assert.rejects(drillFailover(DRILLED, { kind: "kill" }, telling), INTERRUPTED);
    cleared();
    assert.deepEqual(
      ["deletion", "drop"].filter((name) => !existsSync(join(folder, name))),
      [],
    );
  });

  it("joins the node again to the end, however often it is interrupted, and clears away", async () => {
    machine({});
    const done = join(programs.folder, "done");
    const down = `echo "down $NODE" >> ${done}; ${SIGNAL}`;
    const up = `${SIGNAL}; echo "up $NODE" >> ${done}`;
    await assert.rejects(
      drillFailover(DRILLED, { kind: "node", node: "west", down, up }, telling),
      INTERRUPTED,
    );
    assert.equal(readFileSync(done, "utf8"), "down west\nup west\n");
    cleared();
  });

  it("lets a signal end the process again afterwards", async () => {
    machine({});
    const before = process.listenerCount("SIGINT");
    let meanwhile = 0;
    onStep = () => void (meanwhile = process.listenerCount("SIGINT"));
    await assert.rejects(drillFailover(DRILLED, { kind: "delete" }, telling));
    assert.equal(meanwhile, before + 1);
    assert.equal(process.listenerCount("SIGINT"), before);
  });

  it("clears away when it fails, and says why it failed", async () => {
    machine({});
    await assert.rejects(drillFailover(DRILLED, { kind: "delete" }, telling), /of db-1 was refused/);
    cleared();
  });

  it("says why it failed, and what is left, where nothing can be removed", async () => {
    machine({ deletion: "exit 1", drop: "exit 1" });
    await assert.rejects(drillFailover(DRILLED, { kind: "delete" }, telling), /of db-1 was refused/);
    assert.equal(told.length, 2);
    assert.match(
      told[0] ?? "",
      /for up to 25 minutes; end it: kubectl delete pod db-drill-writer --namespace blog$/,
    );
    assert.match(told[1] ?? "", /table stagewright_drill could not be removed .* the next drill removes it/);
  });

  it("says that something is left when it was interrupted and cannot remove it", async () => {
    machine({ drop: "exit 1" });
    interruptAt("writing until");
    const message = "interrupted; something is left";
    await assert.rejects(drillFailover(DRILLED, { kind: "kill" }, telling), { message });
    assert.equal(told.length, 1);
  });

  it("leaves nothing when it ends well either", async () => {
    machine({});
    comeBack();
    const { result, lost } = await drillFailover(DRILLED, { kind: "kill" }, telling);
    assert.deepEqual({ result, lost }, { result: "passed", lost: 0 });
    cleared();
    assert.deepEqual(told, []);
  });

  it("measures nothing when interrupted meanwhile, as kubectl then answers nothing", async () => {
    machine({ selection: SIGNAL });
    comeBack();
    await assert.rejects(drillFailover(DRILLED, { kind: "kill" }, telling), INTERRUPTED);
    cleared();
  });

  it("is no measurement where the log of what was acknowledged cannot be read in the end", async () => {
    machine({ log: '[ "$(/bin/grep -c "logs " "$0.calls")" -lt 3 ] || exit 1' });
    comeBack();
    await assert.rejects(drillFailover(DRILLED, { kind: "kill" }, telling), /db-drill-writer cannot be read/);
    cleared();
  });

  it("does not wait for ever where nobody can write", async () => {
    machine({ drop: "exec sleep 60" });
    programs.put("pod", "");
    // The time is that of each program, those too that are only slow.
    assert.equal((await clearAway(DRILLED, 3000)).length, 1);
  });

  it("has a writer that ends by itself, later than any drill, where the drill was killed", () => {
    const pod = writerPod(DRILLED, "writer", "postgresql:17", "true");
    const seconds = at(pod, "spec", "activeDeadlineSeconds") as number;
    // Four waits of 240 s, and two commands of 120 s.
    assert.ok(seconds > 4 * 240 + 2 * 120 && seconds < 3600);
  });
});
