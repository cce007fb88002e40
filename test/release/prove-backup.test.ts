import assert from "node:assert/strict";
import type { BackupSettings } from "../../components";
import { readBackupHealth } from "../../release/backup-health";
import { ReleaseError } from "../../release/errors";
import { lastWordsOfPlugin } from "../../release/plugin-log";
import { proveBackup } from "../../release/prove-backup";
import type { DeclaredStack } from "../../release/stack";
import { fakePrograms, type Programs } from "../support/programs";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const hoursAgo = (hours: number, now = NOW) => new Date(now - hours * 3_600_000).toISOString();

const cluster = (archiving?: "True" | "False", message = "") => ({
  kind: "Cluster",
  metadata: { name: "blog-db" },
  spec: {
    plugins: [{ isWALArchiver: true, parameters: { barmanObjectName: "blog-db", serverName: "blog-db-2" } }],
  },
  status: {
    currentPrimary: "blog-db-3",
    conditions: archiving ? [{ type: "ContinuousArchiving", status: archiving, message }] : [],
  },
});
const store = (window?: object) => ({
  kind: "ObjectStore",
  metadata: { name: "blog-db" },
  ...(window ? { status: { serverRecoveryWindow: { "blog-db-2": window, "blog-db-1": {} } } } : {}),
});
const entry = (level: string, msg: string, error?: string) => JSON.stringify({ level, msg, error });

const stack = (onFailure?: "fail" | "warn", backup?: Partial<BackupSettings>) =>
  ({
    name: "prod",
    client: {},
    settings: {
      kubernetes: { namespace: "blog" },
      database: { backup },
      ...(onFailure ? { archive: { onFailure, maxAgeHours: 26 } } : {}),
    },
  }) as unknown as DeclaredStack;

describe("the backup's health", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  /** A kubectl that knows these objects and this log. */
  function answer(objects: { cluster?: object; store?: object; log?: string }): void {
    programs.answer("kubectl", {
      "get clusters": objects.cluster && JSON.stringify(objects.cluster),
      "get objectstores": objects.store && JSON.stringify(objects.store),
      "logs ": objects.log,
    });
  }
  const health = (objects: Parameters<typeof answer>[0], maxAgeHours = 26) => {
    answer(objects);
    return readBackupHealth({ context: "kind" }, "blog", "blog-db", maxAgeHours, NOW);
  };

  const table: readonly (readonly [
    title: string,
    objects: Parameters<typeof answer>[0],
    state: string,
    problem: string,
  ])[] = [
    [
      "healthy when the log is archived and the last backup is young",
      { cluster: cluster("True"), store: store({ lastSuccessfulBackupTime: hoursAgo(25.9) }) },
      "healthy",
      "",
    ],
    [
      "broken when the log is not archived, however young the backup is",
      {
        cluster: cluster("False", "Expected empty archive"),
        store: store({ lastSuccessfulBackupTime: hoursAgo(1) }),
      },
      "broken",
      "the log is not archived: Expected empty archive",
    ],
    [
      "broken when the last backup is too old",
      { cluster: cluster("True"), store: store({ lastSuccessfulBackupTime: hoursAgo(26.1) }) },
      "broken",
      `the last backup, of ${hoursAgo(26.1)}, is 26.1 hours old, more than 26`,
    ],
    [
      "broken when every backup failed",
      { cluster: cluster("True"), store: store({ lastFailedBackupTime: hoursAgo(1) }) },
      "broken",
      `no backup ever succeeded, the last failed at ${hoursAgo(1)}`,
    ],
    [
      "pending before the first backup",
      { cluster: cluster("True"), store: store() },
      "pending",
      "no backup was made yet, so what is archived restores nothing",
    ],
    [
      "pending before the first log",
      { cluster: cluster(), store: store({ lastSuccessfulBackupTime: hoursAgo(1) }) },
      "pending",
      "no log was archived yet",
    ],
    ["broken without a cluster", {}, "broken", "there is no Cluster blog-db"],
    [
      "broken when the cluster lost its archiver",
      { cluster: { ...cluster("True"), spec: {} }, store: store() },
      "broken",
      "Cluster blog-db archives nothing",
    ],
  ];
  for (const [title, objects, state, problem] of table) {
    it(`is ${title}`, async () => {
      const found = await health(objects);
      assert.deepEqual([found.state, found.problem], [state, problem]);
      assert.equal(found.look.length > 0, state !== "healthy");
    });
  }

  it("takes no other archive's backups for its own", async () => {
    const other = {
      status: { serverRecoveryWindow: { "blog-db-1": { lastSuccessfulBackupTime: hoursAgo(1) } } },
    };
    assert.equal((await health({ cluster: cluster("True"), store: other })).state, "pending");
  });

  it("says how to look, and what the plugin complained of, as a Backup does not", async () => {
    const log = [
      entry("info", "Backup started"),
      "not json",
      entry("info", "ERROR: Barman cloud backup exception: InvalidPart"),
      entry("error", "while archiving", "exit status 1"),
      entry("error", "while archiving", "exit status 1"),
    ].join("\n");
    const { look } = await health({ cluster: cluster("False"), store: store(), log });
    assert.deepEqual(look, [
      "kubectl describe cluster blog-db --namespace blog",
      "kubectl describe objectstore blog-db --namespace blog",
      "kubectl logs blog-db-3 --namespace blog --container plugin-barman-cloud",
      "  the plugin says: ERROR: Barman cloud backup exception: InvalidPart",
      "  the plugin says: while archiving: exit status 1",
    ]);
    for (const call of programs.calls("kubectl")) assert.match(call, /^--context kind /);
  });

  it("knows the last words of a plugin that is not there: none", async () => {
    answer({});
    assert.deepEqual(await lastWordsOfPlugin({}, "blog", "blog-db-1"), []);
  });

  const told: string[] = [];
  const progress = {
    step: (text: string) => void told.push(text),
    warn: (text: string) => void told.push(`warning: ${text}`),
  };
  const prove = (declared: DeclaredStack, pendingSeconds = 0) => {
    told.length = 0;
    return proveBackup(declared, "blog-db", progress, {
      pendingSeconds,
      brokenSeconds: 0,
      pollSeconds: 0.05,
    });
  };
  const broken = { cluster: cluster("False", "no bucket"), store: store() };
  const message =
    /^the database of stack prod is not backed up: the log is not archived: no bucket\nlook at it:\n {2}kubectl describe cluster blog-db --namespace blog\n/;

  it("fails `up` where the stack is to fail, with the ways to look", async () => {
    answer(broken);
    await assert.rejects(prove(stack("fail")), (error) => {
      assert.ok(error instanceof ReleaseError);
      assert.equal(error.kind, "failed");
      assert.match(error.message, message);
      return true;
    });
  });

  it("only warns where the stack is to warn", async () => {
    answer(broken);
    assert.equal((await prove(stack("warn")))?.state, "broken");
    assert.match(told.at(-1)?.replace("warning: ", "") ?? "", message);
  });

  it("asks nothing where no backup is declared", async () => {
    answer(broken);
    assert.equal(await prove(stack()), undefined);
    assert.deepEqual(told, []);
  });

  it("tells when the last backup was", async () => {
    const last = hoursAgo(1, Date.now());
    answer({ cluster: cluster("True"), store: store({ lastSuccessfulBackupTime: last }) });
    await prove(stack("fail"));
    assert.deepEqual(told, ["looking at the backup", `backed up: last at ${last}`]);
  });

  it("waits for the first backup while nothing has failed", async () => {
    answer({ cluster: cluster("True"), store: store() });
    const proof = prove(stack("fail"), 30);
    setTimeout(() => {
      answer({
        cluster: cluster("True"),
        store: store({ lastSuccessfulBackupTime: hoursAgo(0, Date.now()) }),
      });
    }, 200);
    assert.equal((await proof)?.state, "healthy");
  });

  it("does not wait for a first backup that only the schedule will make", async () => {
    answer({ cluster: cluster("True"), store: store() });
    assert.equal((await prove(stack("warn", { immediate: false }), 30))?.state, "pending");
  });
});
