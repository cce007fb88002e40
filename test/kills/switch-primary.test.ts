import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { SWITCH_ANNOTATION } from "../../release/switch/member";
import { Pair } from "../support/pair";

const CLI = join(__dirname, "..", "..", "dist", "cli", "main.js");

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** Runs the command in a process of its own, which may be killed at one of its calls of kubectl. */
function run(pair: Pair, from: string, to: string, kill: Record<string, string> = {}): Promise<Ended> {
  const args = [CLI, "switch-primary", "--from", from, "--to", to, "--yes"];
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

/** Calls of kubectl in a switch that nobody disturbs, with everything done at once; more calls would only wait more. */
const CALLS = 22;

describe("a switch between two databases whose process is killed", () => {
  it(`is done with ${CALLS} calls of kubectl where it is not killed`, async () => {
    const pair = new Pair();
    const { code, said } = await run(pair, "south", "north");
    assert.equal(code, 0, said);
    isSwitched(pair, "south", "north", said);
    assert.equal(pair.calls.length, CALLS);
    pair.remove();
  });

  for (let call = 1; call <= CALLS; call += 1) {
    for (const moment of ["before", "after"] as const) {
      it(`${moment} call ${call} is finished by the next run`, async () => {
        const pair = new Pair();
        const killed = await run(pair, "south", "north", { KILL_AT: String(call), KILL_WHEN: moment });
        assert.equal(killed.signal, "SIGKILL", killed.said);
        const begun = SWITCH_ANNOTATION in pair.state.databases.south.annotations;
        const { code, said } = await run(pair, "south", "north");
        assert.equal(code, 0, said);
        assert.equal(said.includes("going on with the switch that began"), begun, said);
        isSwitched(pair, "south", "north", said);
        pair.remove();
      });
    }
  }

  it("goes no other way before it is finished, and goes back afterwards", async () => {
    const pair = new Pair();
    pair.change((state) => (state.delay = 1e6));
    const killed = await run(pair, "south", "north", { KILL_AT: "12", KILL_WHEN: "after" });
    assert.equal(killed.signal, "SIGKILL", killed.said);
    pair.change((state) => (state.delay = 0));
    const other = await run(pair, "north", "south");
    assert.equal(other.code, 1, other.said);
    assert.match(other.said, /a switch from south to north began at .* and is not finished/);
    assert.equal((await run(pair, "south", "north")).code, 0);
    const back = await run(pair, "north", "south");
    assert.equal(back.code, 0, back.said);
    isSwitched(pair, "north", "south", back.said);
    pair.remove();
  });
});
