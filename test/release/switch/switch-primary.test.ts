import assert from "node:assert/strict";
import { SWITCH_ANNOTATION } from "../../../release/switch/member";
import {
  endSwitch,
  type Patience,
  type Switched,
  switchPrimary,
} from "../../../release/switch/switch-primary";
import { Pair } from "../../support/pair";

const unguarded = () => Promise.resolve();
const guarded = () => Promise.reject(new Error("locked"));
const HURRY: Patience = { catchUp: 0, demotion: 5, promotion: 5, following: 5, poll: 0.001 };

describe("a switch between two databases", () => {
  const path = process.env["PATH"];
  let pair: Pair;
  let said: string[] = [];
  beforeEach(() => {
    pair = new Pair();
    said = [];
    guard = unguarded;
    process.env["PATH"] = pair.path;
  });
  afterEach(() => {
    process.env["PATH"] = path;
    pair.remove();
  });
  const progress = { step: (text: string) => void said.push(text), warn: () => undefined };
  let guard = unguarded;
  const go = (from = pair.south, to = pair.north, patience = HURRY): Promise<Switched> =>
    switchPrimary({ from, to, guard: () => guard(), progress, patience });

  it("lets the old one give up, then the new one take over with its token, and ends when it follows", async () => {
    const { secondsWithoutWrites, ...switched } = await go();
    assert.deepEqual(switched, { from: "south", to: "north", begunAt: "before" });
    assert.ok((secondsWithoutWrites ?? 0) > 0);
    const { databases } = pair.state;
    assert.deepEqual([databases.south.primary, databases.north.primary], ["north", "north"]);
    assert.deepEqual([databases.south.writable, databases.north.writable], [false, true]);
    const [demotion, promotion, ...more] = pair.orders;
    assert.match(demotion ?? "", /^--context south patch .* --field-manager stagewright-switch-primary /);
    assert.match(promotion ?? "", /^--context north patch .*"value":"north".*"value":"token-south-1"/);
    assert.deepEqual(more, []);
    assert.deepEqual(said, [
      "waiting until north has all that south has",
      "south gives up writing",
      "waiting until south has stopped and says where its log ends",
      "north takes over",
      "waiting until north has read to that end and takes writes",
      `north takes writes, after ${secondsWithoutWrites} s without any`,
      "waiting until south follows north",
    ]);

    const note = databases.south.annotations[SWITCH_ANNOTATION] ?? "";
    assert.match(note, /^\{"to":"north","since":"\d{4}-.*Z"\}$/, "written down until all is done");
    await endSwitch(pair.south);
    assert.deepEqual(pair.state.databases.south.annotations, {});
    assert.deepEqual(await go(), { from: "south", to: "north", begunAt: "done" });
    assert.deepEqual(pair.state.wrongs, []);
  });

  it("is not begun against what guards it, and is finished in spite of it", async () => {
    guard = guarded;
    await assert.rejects(go(), { message: "locked" });
    assert.deepEqual(pair.orders, []);

    guard = unguarded;
    pair.change((state) => (state.delay = 1e6));
    await assert.rejects(go(pair.south, pair.north, { ...HURRY, demotion: 0 }), /not done/);
    pair.change((state) => (state.delay = 0));
    guard = guarded;
    assert.equal((await go()).begunAt, "demoted");
  });

  it("goes on with the old one demoted, and then with the new one promoted", async () => {
    pair.change((state) => (state.delay = 1e6));
    await assert.rejects(go(pair.south, pair.north, { ...HURRY, demotion: 0 }), {
      message:
        "not done after 0 s: south: Stopping\n" +
        "it is begun and not finished; to go on: stagewright switch-primary --from south --to north",
    });
    pair.change((state) => (state.waited = 1e6));
    await assert.rejects(
      go(pair.south, pair.north, { ...HURRY, promotion: 0 }),
      /not done after 0 s: north: Promoting to primary cluster/,
    );
    pair.change((state) => (state.delay = 0));
    assert.deepEqual(await go(), { from: "south", to: "north", begunAt: "promoted" });
    assert.match(said.find((text) => text.startsWith("going on")) ?? "", /began at \d{4}-/);
    assert.equal(pair.orders.length, 2);
    assert.deepEqual(pair.state.wrongs, []);
  });

  it("gives up nothing where the other one does not follow, or does not answer", async () => {
    pair.change(({ databases }) => (databases.north.deaf = true));
    await assert.rejects(go(), {
      message:
        "not done after 0 s: north has not read the log of south up to 0/8; look at it: " +
        "kubectl logs blog-db-1 --namespace blog --all-containers\n" +
        "nothing was changed; once that is mended: stagewright switch-primary --from south --to north",
    });
    pair.change(({ databases }) => (databases.north.unreachable = true));
    await assert.rejects(go(), { message: "the cluster of stack north does not answer: connection refused" });
    assert.deepEqual(pair.orders, []);
  });

  it("does not wait for a promotion that never comes", async () => {
    pair.change((state) => (state.delay = 1e6));
    await assert.rejects(go(pair.south, pair.north, { ...HURRY, demotion: 0 }));
    pair.change((state) => {
      state.delay = 0;
      Object.assign(state.databases.south, { demotionToken: "forged", writable: false, issued: "token" });
    });
    await assert.rejects(go(), {
      message:
        "north refuses to take over from south: Cluster is unrecoverable and needs manual intervention (token mismatch)\n" +
        "neither is written to; what to do: docs/runbooks/switch-primary.md",
    });
  });
});
