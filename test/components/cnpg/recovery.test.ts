import assert from "node:assert/strict";
import type { PostgresClusterArgs, RecoverySettings } from "../../../components";
import { at, one } from "../../support/program";
import { BACKUP, database, refuses } from "./clusters";

const NEXT = { ...BACKUP, generation: 2 };
const spec = async (recovery: RecoverySettings, args: Partial<PostgresClusterArgs> = {}) =>
  one(await database({ backup: NEXT, recovery, ...args }), "Cluster").inputs["spec"];

describe("PostgresCluster's recovery", () => {
  it("begins from the archive's end, and archives again under a name of its own", async () => {
    const found = await spec({ serverName: "db-1" });
    assert.deepEqual(at(found, "bootstrap"), {
      recovery: { source: "origin", database: "app", owner: "app" },
    });
    assert.deepEqual(at(found, "externalClusters"), [
      {
        name: "origin",
        plugin: {
          name: "barman-cloud.cloudnative-pg.io",
          parameters: { barmanObjectName: "db", serverName: "db-1" },
        },
      },
    ]);
    assert.equal(at(found, "plugins", 0, "parameters", "serverName"), "db-2");
    assert.equal(at(found, "plugins", 0, "isWALArchiver"), true);
  });

  const targets: readonly (readonly [title: string, recovery: Partial<RecoverySettings>, target: object])[] =
    [
      ["a time in UTC", { targetTime: "2026-11-24T13:05:00Z" }, { targetTime: "2026-11-24T13:05:00Z" }],
      [
        "a time of another zone, to the microsecond",
        { targetTime: "2026-11-24 14:05:00.123456+01:00" },
        { targetTime: "2026-11-24 14:05:00.123456+01:00" },
      ],
      [
        "a restore point",
        { targetName: "before-import", backupId: "20261124T020000" },
        { targetName: "before-import", backupID: "20261124T020000" },
      ],
      ["a certain backup", { backupId: "20261124T020000" }, { backupID: "20261124T020000" }],
    ];
  for (const [title, recovery, target] of targets) {
    it(`goes to ${title}`, async () => {
      const found = await spec({ serverName: "db-1", ...recovery });
      assert.deepEqual(at(found, "bootstrap", "recovery", "recoveryTarget"), target);
    });
  }

  it("keeps the application's database and its owner", async () => {
    const found = await spec({ serverName: "db-1" }, { database: "shop" });
    assert.equal(at(found, "bootstrap", "recovery", "database"), "shop");
    assert.equal(at(found, "bootstrap", "recovery", "owner"), "shop");
  });

  it("reads another store where it is told to, even of a cluster that archives nothing", async () => {
    const recovery = { serverName: "db-1", objectStoreName: "old" };
    const registrations = await database({ recovery });
    const found = one(registrations, "Cluster").inputs["spec"];
    assert.equal(at(found, "externalClusters", 0, "plugin", "parameters", "barmanObjectName"), "old");
    assert.equal(at(found, "plugins"), undefined);
  });
});

describe("PostgresCluster refuses a recovery", () => {
  const zone = "it must be a time with its zone, such as 2026-11-24T13:05:00Z";
  const point = "it must be the name of a restore point, 63 characters at most";
  const table: readonly (readonly [title: string, recovery: Partial<RecoverySettings>, message: string])[] = [
    [
      "to a time and a restore point at once",
      { targetTime: "2026-11-24T13:05:00Z", targetName: "here", backupId: "1" },
      "recovery takes either targetTime or targetName: one of them, not both",
    ],
    [
      "from the archive that it would write to",
      { serverName: "db-2" },
      "recovery.serverName is db-2, which the cluster itself would archive to; raise backup.generation",
    ],
    ...[
      "2026-11-24T13:05:00",
      "2026-11-24",
      "yesterday",
      "",
      "2026-13-24T13:05:00Z",
      "2026-11-24T13:05:00 CET",
    ].map(
      (targetTime) =>
        [
          `to the time "${targetTime}"`,
          { targetTime },
          `recovery.targetTime is ${targetTime}; ${zone}`,
        ] as const,
    ),
    ...["", "x".repeat(64), "two\nlines"].map(
      (targetName) =>
        [
          `to the restore point ${JSON.stringify(targetName)}`,
          { targetName, backupId: "1" },
          `recovery.targetName is ${targetName}; ${point}`,
        ] as const,
    ),
    [
      "to a restore point of no certain backup",
      { targetName: "before-import" },
      "recovery.targetName needs recovery.backupId: only a time tells by itself which backup to begin with",
    ],
  ];
  for (const [title, recovery, message] of table) {
    it(title, () => refuses({ backup: NEXT, recovery: { serverName: "db-1", ...recovery } }, message));
  }

  it("of a store that nobody names", () =>
    refuses(
      { recovery: { serverName: "db-1" } },
      "recovery reads the ObjectStore that backup makes; without backup it needs objectStoreName",
    ));
});
