import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { lines } from "../../../cli/drill-restore";
import { explain, nextFile } from "../../../release/drills/recovery-log";
import { drillRestore, type RestoreTarget } from "../../../release/drills/restore";
import { applicationPod, applicationPolicy } from "../../../release/drills/restored-application";
import { shutOff } from "../../../release/drills/restored-policy";
import { tablesProblem } from "../../../release/drills/restored-side";
import { restoredFrom } from "../../../release/drills/source-cluster";
import { at } from "../../support/program";
import { fakePrograms, type Programs } from "../../support/programs";

const FILE = "000000010000000000000004";
const NEXT = "000000010000000000000005";
const record = (severity: string, message: string) =>
  JSON.stringify({ level: "info", msg: "record", record: { error_severity: severity, message } });
const restoredFile = (file: string) => record("LOG", `restored log file "${file}" from archive`);
const MISSED = record("FATAL", "recovery ended before configured recovery target was reached");
const complaint = (msg: string, error?: string) => JSON.stringify({ level: "error", msg, error });

const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, "0");

describe("the log of a recovery that failed", () => {
  const table: readonly (readonly [title: string, log: readonly string[], words: string | undefined])[] = [
    [
      "names the file that is missing or damaged, and what the plugin said",
      [
        restoredFile(FILE),
        "not json",
        complaint(`while restoring ${NEXT}`, "exit status 4"),
        complaint("cannot connect"),
        MISSED,
      ],
      `the log cannot be replayed up to the target: file ${NEXT} is missing or damaged, ${FILE} was the last one read; while restoring ${NEXT}: exit status 4`,
    ],
    [
      "tells when not even the first file could be read",
      [MISSED],
      "the log cannot be replayed up to the target, not even its first file",
    ],
    [
      "says each complaint once, the last two",
      [complaint("a"), complaint("b", "c"), complaint("d"), complaint("d")],
      "the restore failed: b: c; d",
    ],
    ["gives any other fatal error", [record("PANIC", "no space")], "the restore failed: no space"],
    ["knows nothing when nothing was said", ["", "null", record("LOG", "hello")], undefined],
  ];
  for (const [title, log, words] of table) {
    it(title, () => assert.equal(explain(log.join("\n")), words));
  }

  it("counts on to the next file, whatever the file", () => {
    assert.equal(nextFile("0000000100000000000000FF"), "000000010000000100000000");
    fc.assert(
      fc.property(fc.nat(0xfffffff), fc.nat(254), (log, segment) => {
        const name = (value: number) => `00000003${hex(log)}${hex(value)}`;
        assert.equal(nextFile(name(segment)), name(segment + 1));
      }),
    );
  });
});

describe("the tables of a restored database", () => {
  const live = new Map([
    ["public.post", "3|77"],
    ["public.author", "1|5"],
  ]);
  it("are proved by their number of rows and their sum", () => {
    assert.equal(tablesProblem(live, new Map(live), 0), undefined);
    assert.equal(
      tablesProblem(live, new Map([...live, ["public.post", "3|78"]]), 0),
      "1 of 2 tables differ: public.post (3 rows live, 3 restored)",
    );
    assert.equal(
      tablesProblem(live, new Map([["public.new", "1|1"]]), 2),
      "3 of 3 tables differ: public.post (3 rows live, no restored), public.author (1 rows live, no restored), " +
        "public.new (no rows live, 1 restored); 2 transactions committed at the very moment of the checkpoint, " +
        "so run it again at a quieter time",
    );
  });
});

const restored = { client: {}, namespace: "blog", name: "blog-db-restored" };

describe("what is restored", () => {
  const source = {
    name: "blog-db",
    namespace: "blog",
    primary: "blog-db-2",
    database: "app",
    owner: "app",
    objectStoreName: "store",
    serverName: "blog-db-3",
    image: "postgresql:17",
    spec: {
      instances: 3,
      managed: { roles: [] },
      storage: { size: "1Gi" },
      postgresql: { parameters: { max_connections: "300" }, synchronous: { number: 1 } },
    },
  };

  it("is one instance like the live ones, up to the target, and archives nothing", () => {
    const made = restoredFrom(source, "2026-11-25T12:00:00Z");
    assert.equal(at(made, "metadata", "name"), "blog-db-restored");
    const spec = at(made, "spec");
    assert.deepEqual(
      ["instances", "imageName", "storage", "plugins", "managed"].map((key) => at(spec, key)),
      [1, "postgresql:17", { size: "1Gi" }, undefined, undefined],
    );
    assert.deepEqual(at(spec, "postgresql"), { parameters: { max_connections: "300" } });
    assert.deepEqual(at(spec, "bootstrap", "recovery", "recoveryTarget"), {
      targetTime: "2026-11-25T12:00:00Z",
    });
    assert.deepEqual(at(spec, "externalClusters", 0, "plugin", "parameters"), {
      barmanObjectName: "store",
      serverName: "blog-db-3",
    });
  });

  it("is never taken for the stack's database", () => {
    const labels = at(restoredFrom(source, ""), "metadata", "labels");
    assert.equal(at(labels, "app.kubernetes.io/component"), "restore-drill");
  });

  const live = {
    containers: [{ name: "web", image: "blog@sha256:1", ports: [{ containerPort: 3000 }] }],
    topologySpreadConstraints: [{}],
    volumes: [
      { name: "tmp", emptyDir: {} },
      { name: "secret-database", secret: { secretName: "blog-db-app", defaultMode: 288 } },
      { name: "secret-database-ca", secret: { secretName: "blog-db-ca" } },
      { name: "secret-application", secret: { secretName: "blog-application" } },
    ],
  };

  it("is asked by the live image with the restored database's credentials, out of every Service's reach", () => {
    const pod = applicationPod(live, "blog-db", restored);
    const volumes = at(pod, "spec", "volumes") as { secret?: { secretName: string } }[];
    assert.deepEqual(
      volumes.map(({ secret }) => secret?.secretName),
      [undefined, "blog-db-restored-app", "blog-db-restored-ca", "blog-application"],
    );
    assert.deepEqual(at(pod, "spec", "containers"), live.containers);
    assert.deepEqual(pod.metadata.labels, {
      "app.kubernetes.io/managed-by": "stagewright",
      "app.kubernetes.io/name": "blog-db-restored",
      "app.kubernetes.io/component": "drill-application",
    });
  });

  it("is asked with its own credentials where the live ones are Vault's, which it does not know", () => {
    const inVault = live.volumes.map((volume) =>
      volume.name === "secret-database" ? { ...volume, secret: { secretName: "blog-database" } } : volume,
    );
    const pod = applicationPod({ ...live, volumes: inVault }, "blog-db", restored);
    assert.equal(at(pod, "spec", "volumes", 1, "secret", "secretName"), "blog-db-restored-app");
  });

  it("lets its application out to nothing but itself and name resolution", () => {
    const egress = at(applicationPolicy(restored), "spec", "egress") as object[];
    assert.equal(egress.length, 2);
    assert.deepEqual(at(egress, 1, "to", 0, "podSelector", "matchLabels"), {
      "cnpg.io/cluster": "blog-db-restored",
    });
    assert.deepEqual(at(applicationPolicy(restored), "spec", "ingress"), []);
  });

  it("is shut off as the live cluster is", () => {
    const policy = {
      kind: "NetworkPolicy",
      metadata: { name: "blog-db", namespace: "blog" },
      spec: { podSelector: { matchLabels: { "cnpg.io/cluster": "blog-db" } }, ingress: [{ from: [] }] },
    };
    const made = shutOff(policy, "blog-db", "blog-db-restored");
    assert.equal(at(made, "spec", "podSelector", "matchLabels", "cnpg.io/cluster"), "blog-db-restored");
    assert.equal(
      at(made, "spec", "ingress", 1, "from", 0, "podSelector", "matchLabels", "app.kubernetes.io/component"),
      "drill-application",
    );
  });
});

describe("a restore drill", () => {
  let programs: Programs;
  const told: string[] = [];
  const progress = {
    step: (text: string) => void told.push(text),
    warn: (text: string) => void told.push(text),
  };
  const target: RestoreTarget = {
    client: { context: "kind" },
    namespace: "blog",
    cluster: "blog-db",
    rpoSeconds: 60,
    timeoutSeconds: 60,
  };
  beforeEach(() => {
    told.length = 0;
    programs = fakePrograms();
  });
  afterEach(() => programs.remove());
  const calls = () => programs.calls("kubectl");

  const cluster = {
    metadata: { name: "blog-db" },
    spec: {
      plugins: [
        { isWALArchiver: true, parameters: { barmanObjectName: "blog-db", serverName: "blog-db-1" } },
      ],
    },
    status: {
      currentPrimary: "blog-db-1",
      image: "postgresql:17",
      conditions: [{ type: "ContinuousArchiving", status: "True" }],
    },
  };
  const READY = { status: { currentPrimary: "r-1", conditions: [{ type: "Ready", status: "True" }] } };
  const BACKUP = { lastSuccessfulBackupTime: "2026-11-25T02:00:00Z" };
  interface World {
    readonly window?: object;
    readonly live?: object;
    readonly restored?: object;
    readonly pods?: readonly object[];
    readonly log?: string;
    readonly proof?: string;
  }
  /** A kubectl that knows a live cluster, and what becomes of the restored one. */
  function machine(world: World): void {
    const { window = BACKUP, live = cluster, restored = READY, pods = [], log = "" } = world;
    const sums = programs.put("sums", "checkpoint|2026-11-25T12:00:00.5Z|7:7:\npublic.post|3|77\n");
    const first = [
      'case "$*" in *" -i "*|*"--filename -"*) input=$(/bin/cat) ;; esac',
      'case "$input" in',
      `  *"as busy"*) /bin/cat "${sums}"; exit 0 ;;`,
      `  *"values (2)"*) echo ${FILE}; exit 0 ;;`,
      `  *"last_archived_wal"*) echo "${FILE}|41.5"; exit 0 ;;`,
      `  *result.json*) printf "%s" "$input" > "${programs.folder}/recorded"; exit 0 ;;`,
      "esac",
      'case "$*" in',
      // One that is restored is only there after it was made.
      `*"get clusters.postgresql.cnpg.io blog-db-restored"*) [ -e "${programs.folder}/made" ] || exit 1 ;;`,
      `*"create --filename"*) : > "${programs.folder}/made" ;;`,
      "esac",
    ];
    const answers = {
      "get clusters.postgresql.cnpg.io blog-db-restored": JSON.stringify(restored),
      "get clusters.postgresql.cnpg.io blog-db": JSON.stringify(live),
      "get objectstores": JSON.stringify({
        metadata: {},
        status: { serverRecoveryWindow: { "blog-db-1": window } },
      }),
      "get pods": JSON.stringify({ items: pods }),
      logs: log,
      "exec -i r-1": world.proof ?? "marker|1\nbetween|0\npublic.post|3|77\n",
      " get ": undefined,
      "": "",
    };
    programs.answer("kubectl", answers, first.join("\n"));
  }
  const recorded = () => {
    const text = readFileSync(join(programs.folder, "recorded"), "utf8");
    const { data } = JSON.parse(text) as { data: Readonly<Record<string, string>> };
    return JSON.parse(data["result.json"] ?? "") as object;
  };
  const removals = () => calls().filter((call) => / delete clusters\S* blog-db-restored /.test(call)).length;

  it("proves the restored database, records the result, and leaves nothing", async () => {
    machine({});
    const { ended: _ended, rtoSeconds, restoreSeconds, ...result } = await drillRestore(target, progress);
    assert.deepEqual(result, {
      kind: "restore",
      result: "passed",
      backup: BACKUP.lastSuccessfulBackupTime,
      target: "2026-11-25T12:00:00.5Z",
      rpoSeconds: 41.5,
      tables: 1,
      rows: 3,
    });
    assert.ok((rtoSeconds ?? -1) >= (restoreSeconds ?? 0));
    assert.equal(at(recorded(), "result"), "passed");
    assert.equal(removals(), 2);
    const execs = calls().filter((call) => call.includes(" exec "));
    assert.match(execs.at(-1) ?? "", /exec -i blog-db-1 .* schema=stagewright_drill /);
    assert.ok(calls().every((call) => call.startsWith("--context kind ")));
  });

  const failures: readonly (readonly [title: string, world: World, reason: RegExp])[] = [
    [
      "at once when the recovery has failed, with the reason of its log",
      {
        restored: { status: {} },
        pods: [{ metadata: { name: "r-1-full-recovery-x" }, status: { phase: "Failed" } }],
        log: [restoredFile(FILE), MISSED].join("\n"),
      },
      new RegExp(`file ${NEXT} is missing or damaged`),
    ],
    ["when the recovery went too far", { proof: "marker|1,2\nbetween|0\n" }, /the recovery went too far/],
    ["when it stopped short", { proof: "marker|\nbetween|0\n" }, /the recovery stopped short/],
    [
      "when a table differs",
      { proof: "marker|1\nbetween|0\npublic.post|3|78\n" },
      /1 of 1 tables differ: public.post/,
    ],
    ["before it begins when no backup was ever made", { window: {} }, /^no backup was made yet/],
  ];
  for (const [title, world, reason] of failures) {
    it(`fails ${title}, and leaves nothing`, async () => {
      machine(world);
      const result = await drillRestore(target, progress);
      assert.equal(result.result, "failed");
      assert.match(result.reason ?? "", reason);
      assert.equal(at(recorded(), "reason"), result.reason);
      assert.equal(removals(), 2);
    });
  }

  it("removes what it has made when it is interrupted, and records nothing", async () => {
    machine({ restored: { status: { phase: "Setting up primary" } } });
    const drill = drillRestore(target, progress);
    const timer = setInterval(() => {
      if (told.includes("  Setting up primary")) process.emit("SIGINT");
    }, 50);
    await assert
      .rejects(drill, { message: "interrupted; what was restored is removed" })
      .finally(() => clearInterval(timer));
    assert.equal(removals(), 2);
    assert.throws(recorded, /ENOENT/);
  });

  it("refuses a cluster that archives nothing", async () => {
    machine({ live: { ...cluster, spec: {} } });
    await assert.rejects(drillRestore(target, progress), { kind: "usage", message: /archives nothing/ });
    assert.equal(removals(), 0);
  });

  it("is told in a table", () => {
    const passed = {
      kind: "restore",
      ended: "2026-11-25T12:01:00Z",
      result: "passed",
      target: "T",
      tables: 2,
      rows: 9,
      checks: 3,
      rpoSeconds: 41.5,
      restoreSeconds: 30,
      rtoSeconds: 31,
    } as const;
    assert.deepEqual(lines("blog-db", passed), [
      "restore of blog-db: passed",
      "  recovered to                      T",
      "  last row before, first row after  there, absent",
      "  tables that are equal             2 with 9 rows",
      "  questions to the application      3 answered",
      "  RPO: in the archive after         41.5 s",
      "  restored after                    30 s",
      "  RTO: restored and proved after    31 s",
    ]);
    const { rtoSeconds: _rto, ...failed } = passed;
    assert.equal(
      lines("db", { ...failed, result: "failed", reason: "why" })[0],
      "restore of db: failed: why",
    );
  });
});
