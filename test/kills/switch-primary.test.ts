import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { SWITCH_ANNOTATION } from "../../release/switch/member";
import { Pair } from "../support/pair";

const CLI = join(__dirname, "..", "..", "cli", "main.ts");

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** Runs the command in a process of its own, which may be killed at one of its calls of kubectl. */
function run(pair: Pair, from: string, to: string, kill: Record<string, string> = {}): Promise<Ended> {
  const args = [
    "--import",
    require.resolve("tsx"),
    CLI,
    "switch-primary",
    "--from",
    from,
    "--to",
    to,
    "--yes",
  ];
  const env = { ...process.env, PATH: pair.path, KUBECONFIG: pair.kubeconfig, ...kill };
  const child = spawn(process.execPath, args, { cwd: pair.folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const channel of [child.stdout, child.stderr]) channel.on("data", (text) => (said += String(text)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, said }));
  });
}

/** What must be true when a switch to `to` is done. */
function isSwitched(pair: Pair, from: "south" | "north", to: "south" | "north", said: string): void {
  const { databases, wrongs } = pair.state;
  assert.deepEqual(wrongs, [], said);
  assert.deepEqual([databases[from].primary, databases[to].primary], [to, to], said);
  assert.deepEqual([databases[from].writable, databases[to].writable], [false, true], said);
  assert.equal(databases[to].promotionToken, databases[from].issued, said);
  assert.deepEqual([databases.south.annotations, databases.north.annotations], [{}, {}], said);
  for (const stack of ["south", "north"])
    assert.match(pair.file(stack), new RegExp(`primary: ${to} #`), said);
}

describe("a switch between two databases whose process is killed", () => {
  /** Calls of kubectl in a run that nobody disturbs. */
  let calls = 0;

  before(async () => {
    const pair = new Pair();
    const { code, said } = await run(pair, "south", "north");
    assert.equal(code, 0, said);
    isSwitched(pair, "south", "north", said);
    calls = pair.calls.length;
    process.stdout.write(`      ${calls} calls, each a place to be killed before and after\n`);
    assert.ok(calls >= 15, `${calls}`);
    pair.remove();
  });

  for (const moment of ["before", "after"] as const) {
    it(`${moment} any call is finished by the next run, and goes back from there`, async () => {
      for (let call = 1; call <= calls; call += 1) {
        const pair = new Pair();
        const at = `killed ${moment} call ${call}`;
        const first = await run(pair, "south", "north", { KILL_AT: String(call), KILL_WHEN: moment });
        assert.equal(first.signal, "SIGKILL", `${at}: ${first.said}`);
        if (SWITCH_ANNOTATION in pair.state.databases.south.annotations) {
          const other = await run(pair, "north", "south");
          assert.equal(other.code, 1, `${at}: ${other.said}`);
          assert.match(other.said, /a switch from south to north began at .* and is not finished/, at);
        }
        const second = await run(pair, "south", "north");
        assert.equal(second.code, 0, `${at}: ${second.said}`);
        isSwitched(pair, "south", "north", `${at}: ${second.said}`);
        const back = await run(pair, "north", "south");
        assert.equal(back.code, 0, `${at}, back: ${back.said}`);
        isSwitched(pair, "north", "south", `${at}, back: ${back.said}`);
        pair.remove();
      }
    });
  }
});
