import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Place } from "../../release/switch/member";

/** One database as the stand-in keeps it. */
export interface Database {
  primary: string;
  source: string;
  annotations: Record<string, string>;
  promotionToken?: string;
  demotionToken?: string;
  /** The token that says where its log really ended. */
  issued?: string;
  usedToken?: string;
  writable: boolean;
  /** Position that its log ends at, or that it has read to. */
  position: number;
  phase: string;
  phaseReason?: string;
  archiving: "True" | "False";
  systemID: string;
  unreachable?: boolean;
  /** Reads nothing of the other one's log. */
  deaf?: boolean;
}

/** What the stand-in knows, and what it has seen go wrong. */
export interface Pairing {
  databases: Record<"south" | "north", Database>;
  /** Times that it is looked at before something that was ordered is done. */
  delay: number;
  waited: number;
  tokens: number;
  wrongs: string[];
}

/**
 * A kubectl whose two contexts, south and north, hold one database each. It behaves as the operator does: a database
 * that is told to follow stops and leaves a token; one that is told to take over does so when its token is the other
 * one's last, and is lost when it has another one. It keeps what must never be seen: two that are written to at once,
 * or one that took over without the other one's token.
 */
const KUBECTL = `#!${process.execPath}
const fs = require("node:fs"), path = require("node:path");
const folder = path.dirname(__dirname), file = path.join(folder, "pairing.json");
const args = process.argv.slice(2), log = path.join(folder, "calls");
fs.appendFileSync(log, args.join(" ") + "\\n");
const call = fs.readFileSync(log, "utf8").trim().split("\\n").length;
const die = (moment) => {
  if (process.env.KILL_AT === String(call) && process.env.KILL_WHEN === moment) {
    process.kill(process.ppid, "SIGKILL");
    process.exit(1);
  }
};
die("before");
const state = JSON.parse(fs.readFileSync(file, "utf8"));
const me = args[1], other = me === "south" ? "north" : "south";
const it = state.databases[me], peer = state.databases[other];
const fail = (text) => { process.stderr.write(text + "\\n"); process.exitCode = 1; };
function operate() {
  for (const [name, one] of Object.entries(state.databases)) {
    const opposite = state.databases[name === "south" ? "north" : "south"];
    if (one.primary !== name && one.writable) {
      if (state.waited++ < state.delay) { one.phase = "Stopping"; continue; }
      state.waited = 0;
      one.writable = false; one.position += 1; one.demotionToken = one.issued = "token-" + name + "-" + ++state.tokens;
      one.phase = "Cluster in healthy state";
    } else if (one.primary === name) {
      delete one.demotionToken;
      if (!one.writable && one.usedToken !== one.promotionToken) {
        if (state.waited++ < state.delay) { one.phase = "Promoting to primary cluster"; continue; }
        state.waited = 0;
        if (one.promotionToken !== opposite.issued) { one.phase = "Cluster is unrecoverable and needs manual intervention"; one.phaseReason = "token mismatch"; continue; }
        one.position = Math.max(one.position, opposite.position) + 1;
        one.usedToken = one.promotionToken; one.writable = true; one.phase = "Cluster in healthy state";
      } else if (!one.writable) { one.writable = true; state.wrongs.push(name + " took over without a token"); }
    }
    if (one.primary === name && one.promotionToken === undefined) delete one.usedToken;
  }
  if (state.databases.south.writable && state.databases.north.writable) state.wrongs.push("both are written to");
}
function show(name, one) {
  return { kind: "Cluster", metadata: { name: "blog-db", annotations: one.annotations },
    spec: { instances: 1, replica: { self: name, primary: one.primary, source: one.source, promotionToken: one.promotionToken } },
    status: { currentPrimary: "blog-db-1", targetPrimary: "blog-db-1", readyInstances: 1, phase: one.phase, phaseReason: one.phaseReason,
      demotionToken: one.demotionToken, lastPromotionToken: one.usedToken, systemID: one.systemID,
      conditions: [{ type: "ContinuousArchiving", status: one.archiving, message: "no bucket" }] } };
}
function patch(operations) {
  const changed = show(me, it);
  for (const { op, path: at, value } of operations) {
    const keys = at.slice(1).split("/").map((key) => key.replaceAll("~1", "/"));
    const last = keys.pop();
    const inside = keys.reduce((inner, key) => inner[key], changed);
    if (op === "test" && inside[last] !== value) return fail("the server rejected our request: testing " + at + " failed");
    if (op === "remove" && !(last in inside)) return fail("remove operation does not apply: " + at);
    if (op === "remove") delete inside[last];
    if (op === "add" || op === "replace") inside[last] = value;
  }
  const { primary, promotionToken } = changed.spec.replica;
  if (promotionToken && primary !== me) return fail("promotionToken is only allowed for primary clusters");
  Object.assign(it, { primary, promotionToken, annotations: changed.metadata.annotations });
}
if (it.unreachable) fail("connection refused");
else if (args.includes("get")) { operate(); process.stdout.write(JSON.stringify({ items: [show(me, it)] })); }
else if (args.includes("patch")) patch(JSON.parse(args.at(-1)));
else if (/pg_switch_wal/.test(args.at(-1))) { it.position += 1; process.stdout.write("0/" + it.position + "\\n"); }
else if (/pg_last_wal_replay_lsn/.test(args.at(-1))) {
  if (!it.deaf && !it.writable) it.position = peer.position;
  const asked = Number(/'0\\/(\\d+)'/.exec(args.at(-1))[1]);
  process.stdout.write(!it.writable && it.position >= asked ? "t\\n" : "f\\n");
} else if (/pg_is_in_recovery/.test(args.at(-1))) process.stdout.write(it.writable ? "f\\n" : "t\\n");
else fail("unknown: " + args.join(" "));
fs.writeFileSync(file + ".new", JSON.stringify(state));
fs.renameSync(file + ".new", file);
die("after");
`;

const database = (source: string, writable: boolean): Database => ({
  primary: "south",
  source,
  annotations: {},
  writable,
  position: 7,
  phase: "Cluster in healthy state",
  archiving: "True",
  systemID: "7",
});

const stackFile = (self: string, other: string) => `# ${self}, one of two
config:
  stagewright:environment: test
  stagewright:image: { repository: registry.example.com/blog }
  stagewright:database:
    backup: { destination: "s3://backups/blog", identity: {} }
    replica:
      self: ${self}
      primary: south # who is written to
      source: { name: ${other} }
  stagewright:kubernetes: { context: ${self}, namespace: blog }
`;

/** Two databases behind a stand-in for kubectl, and a project whose stacks they belong to. */
export class Pair {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "pair-")));
  readonly path = `${join(this.folder, "bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  readonly kubeconfig = join(this.folder, "kubeconfig");
  readonly south = this.#place("south");
  readonly north = this.#place("north");

  constructor() {
    mkdirSync(join(this.folder, "bin"));
    writeFileSync(join(this.folder, "bin", "kubectl"), KUBECTL, { mode: 0o755 });
    writeFileSync(this.kubeconfig, "current-context: south\n");
    writeFileSync(join(this.folder, "Pulumi.yaml"), "name: stagewright\nruntime: nodejs\nmain: index.ts\n");
    writeFileSync(join(this.folder, "Pulumi.south.yaml"), stackFile("south", "north"));
    writeFileSync(join(this.folder, "Pulumi.north.yaml"), stackFile("north", "south"));
    this.save({
      databases: { south: database("north", true), north: database("south", false) },
      delay: 0,
      waited: 0,
      tokens: 0,
      wrongs: [],
    });
    writeFileSync(join(this.folder, "calls"), "");
  }

  #place(self: string): Place {
    return { stack: self, client: { context: self }, namespace: "blog", self };
  }

  /** What the stand-in knows. */
  get state(): Pairing {
    return JSON.parse(readFileSync(join(this.folder, "pairing.json"), "utf8")) as Pairing;
  }

  save(state: Pairing): void {
    writeFileSync(join(this.folder, "pairing.json"), JSON.stringify(state));
  }

  /** Changes what the stand-in knows. */
  change(make: (state: Pairing) => void): void {
    const { state } = this;
    make(state);
    this.save(state);
  }

  /** Every call of kubectl so far. */
  get calls(): string[] {
    return readFileSync(join(this.folder, "calls"), "utf8").split("\n").filter(Boolean);
  }

  /** Calls that changed something. */
  get orders(): string[] {
    return this.calls.filter((call) => call.includes(" patch "));
  }

  file(stack: string): string {
    return readFileSync(join(this.folder, `Pulumi.${stack}.yaml`), "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
