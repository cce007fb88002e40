import assert from "node:assert/strict";
import { readBackupHealth } from "../../release/backup-health";
import { missingForBackup } from "../backup/store";
import { eventually } from "../e2e/support/cluster";
import { endUnlessThere } from "../support/parts";
import {
  close,
  declare,
  namespaceOf,
  open,
  other,
  query,
  ready,
  settled,
  type Side,
  switchPrimary,
  write,
} from "./bench";

const say = (text: string) =>
  void process.stdout.write(`      ${text.trim().replaceAll("\n", "\n      ")}\n`);

/** Waits until a row is there; gives the seconds that it took. */
async function arrives(side: Side, id: number, seconds = 180): Promise<number> {
  const began = Date.now();
  await eventually(seconds, () => {
    const found = query(side, `select count(*) from canary where id = ${id}`);
    return found === "1" || `row ${id} is not on ${side}`;
  });
  return (Date.now() - began) / 1000;
}

/** Expects that a side has every one of these rows. */
function has(side: Side, ids: readonly number[]): void {
  const kept = new Set(query(side, "select id from canary").split("\n").map(Number));
  const lost = ids.filter((id) => !kept.has(id));
  assert.deepEqual(lost, [], `${side} has lost ${lost.length} of ${ids.length}`);
}

const isFollowing = (side: Side) => query(side, "select pg_is_in_recovery()") === "t";

describe("one database in two places, on the real parts", () => {
  const written: number[] = [];

  before(async () => {
    const missing = await missingForBackup();
    endUnlessThere("test:replica", missing);
    open();
  });
  after(close);

  /** Switches under writes, and expects that both sides have every row that was acknowledged. */
  async function switchUnderWrites(from: Side, to: Side, first: number, doSwitch: () => Promise<void>) {
    const { acknowledged, stop } = write(from, first);
    await eventually(60, () => acknowledged.length > 20 || `${acknowledged.length} written`);
    await doSwitch();
    stop();
    written.push(...acknowledged.map(([id]) => id));
    assert.deepEqual([isFollowing(from), isFollowing(to)], [true, false]);
    has(to, written);
    query(to, `insert into canary values (${first - 1})`);
    written.push(first - 1);
    query(to, "select pg_switch_wal()");
    say(`written to ${to}, and on ${from} after ${(await arrives(from, first - 1)).toFixed(1)} s`);
    has(from, written);
    say(`${acknowledged.length} rows acknowledged by ${from} during the switch, none lost on either side`);
  }

  it("is written to in the south, archived and backed up", async () => {
    await declare("south", "south");
    say(`ready after ${(await ready("south")).toFixed(0)} s`);
    query("south", "create table canary (id int primary key)");
    await eventually(300, async () => {
      const health = await readBackupHealth({}, namespaceOf("south"), "blog-db", 26);
      return health.state === "healthy" || [health.problem, ...health.look].join("\n");
    });
    await settled("south");
  });

  it("is followed in the north, from its backup and its archive", async () => {
    await declare("north", "south");
    say(`ready after ${(await ready("north")).toFixed(0)} s`);
    assert.ok(isFollowing("north"));
    query("south", "insert into canary values (1)");
    written.push(1);
    // Nobody ends the log's file: archive_timeout does.
    say(`written to the south, and in the north after ${(await arrives("north", 1)).toFixed(1)} s`);
  });

  it("proves by certificate that the one that follows runs what was declared", () => settled("north"));

  it("archives under a name of its own where it follows", async () => {
    await eventually(180, async () => {
      const { problem } = await readBackupHealth({}, namespaceOf("north"), "blog-db", 26);
      return !problem.includes("not archived") || problem;
    });
  });

  it("is switched to the north, with no acknowledged write lost, and the south follows", () =>
    switchUnderWrites("south", "north", 1001, async () => {
      const { code, said } = await switchPrimary("south", "north");
      say(said);
      assert.equal(code, 0, said);
    }));

  it("cannot be undone by a deployment that does not know of it", async () => {
    const parameters = { log_min_duration_statement: "1000" };
    await assert.rejects(
      declare("south", "south", { parameters }),
      /conflict with "stagewright-switch-primary".*\.spec\.replica\.primary/s,
    );
    assert.ok(isFollowing("south"));
    await declare("south", "north", { parameters });
    await declare("north", "north", { parameters });
    for (const side of ["south", "north"] as const) {
      await ready(side);
      await eventually(
        120,
        () => query(side, "show log_min_duration_statement") === "1s" || `${side} has not loaded it`,
      );
    }
    assert.deepEqual([isFollowing("south"), isFollowing("north")], [true, false]);
  });

  for (const [step, from, first] of [
    ["gives up writing", "north", 201_001],
    ["takes over", "south", 401_001],
  ] as const) {
    it(`is switched from the ${from} by the next run where the first is killed as it ${step}`, () =>
      switchUnderWrites(from, other(from), first, async () => {
        const killed = await switchPrimary(from, other(from), step);
        assert.equal(killed.signal, "SIGKILL", killed.said);
        const { code, said } = await switchPrimary(from, other(from));
        say(said);
        assert.equal(code, 0, said);
      }));
  }
});
