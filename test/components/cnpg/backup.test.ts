import assert from "node:assert/strict";
import type { BackupSettings } from "../../../components";
import { at, dependenciesOf, every, list, one } from "../../support/program";
import { BACKUP, database, inTurn, refuses } from "./clusters";

const backedUp = (backup: Partial<BackupSettings> = {}) => database({ backup: { ...BACKUP, ...backup } });
const store = async (backup: Partial<BackupSettings> = {}) =>
  one(await backedUp(backup), "ObjectStore").inputs["spec"];
const clusterSpec = async (backup: Partial<BackupSettings> = {}) =>
  one(await backedUp(backup), "Cluster").inputs["spec"];
const schedule = async (backup: Partial<BackupSettings> = {}, name = "db-backup") =>
  one(await backedUp(backup), "ScheduledBackup", name).inputs;

/** What outlives a `destroy`. */
const kept = async (deletion: "delete" | "retain") =>
  list(
    (await database({ backup: { ...BACKUP, snapshots: { className: "csi" } }, deletion })).filter(
      ({ protect, retainOnDelete }) => protect && retainOnDelete,
    ),
  );

describe("PostgresCluster without backup", () => {
  it("has no archive, and nothing in its specification that speaks of one", async () => {
    const registrations = await database();
    assert.deepEqual(every(registrations, "ObjectStore"), []);
    assert.deepEqual(every(registrations, "ScheduledBackup"), []);
    const spec = one(registrations, "Cluster").inputs["spec"] as object;
    assert.deepEqual(
      ["plugins", "externalClusters", "backup", "serviceAccountTemplate"].filter((key) => key in spec),
      [],
    );
    assert.equal(at(spec, "postgresql", "parameters", "archive_timeout"), undefined);
  });
});

describe("PostgresCluster's backup", () => {
  it("archives through the plugin, never by the operator itself, under a name of its own", async () => {
    const spec = await clusterSpec();
    assert.deepEqual(at(spec, "plugins"), [
      {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "db", serverName: "db-1" },
      },
    ]);
    assert.doesNotMatch(JSON.stringify(spec), /barmanObjectStore/);
  });

  it("archives elsewhere with each generation", async () => {
    const names = await inTurn([1, 2, 17], async (generation) =>
      at(await clusterSpec({ generation }), "plugins", 0, "parameters", "serverName"),
    );
    assert.deepEqual(names, ["db-1", "db-2", "db-17"]);
  });

  it("declares the store completely", async () => {
    assert.deepEqual(await store(), {
      retentionPolicy: "30d",
      configuration: {
        destinationPath: "s3://backups/blog",
        s3Credentials: {
          accessKeyId: { name: "store", key: "ACCESS_KEY_ID" },
          secretAccessKey: { name: "store", key: "ACCESS_SECRET_KEY" },
        },
        wal: { compression: "gzip", maxParallel: 1 },
        data: { compression: "gzip", jobs: 2 },
      },
      instanceSidecarConfiguration: {
        resources: {
          requests: { cpu: "100m", memory: "512Mi", "ephemeral-storage": "64Mi" },
          limits: { cpu: "1", memory: "512Mi", "ephemeral-storage": "512Mi" },
        },
      },
    });
  });

  it("takes address, authority, compression and retention from its arguments", async () => {
    const spec = await store({
      endpoint: "https://s3.example.com:9000",
      endpointCaSecretName: "store-ca",
      compression: "lz4",
      retention: "12w",
    });
    assert.equal(at(spec, "retentionPolicy"), "12w");
    assert.equal(at(spec, "configuration", "endpointURL"), "https://s3.example.com:9000");
    assert.deepEqual(at(spec, "configuration", "endpointCA"), { name: "store-ca", key: "ca.crt" });
    assert.equal(at(spec, "configuration", "wal", "compression"), "lz4");
    assert.equal(at(spec, "configuration", "data", "compression"), "lz4");
    const env = at(spec, "instanceSidecarConfiguration", "env") as { name: string; value: string }[];
    assert.deepEqual(
      env.map(({ name, value }) => `${name}=${value}`),
      ["AWS_REQUEST_CHECKSUM_CALCULATION=when_required", "AWS_RESPONSE_CHECKSUM_VALIDATION=when_required"],
      "other stores than Amazon's refuse its library's checksums",
    );
  });

  const credentials: readonly (readonly [string, Partial<BackupSettings>, object])[] = [
    [
      "gs://b/p",
      {},
      { googleCredentials: { applicationCredentials: { name: "store", key: "APPLICATION_CREDENTIALS" } } },
    ],
    [
      "https://acc.blob.core.windows.net/c",
      {},
      {
        azureCredentials: {
          storageAccount: { name: "store", key: "STORAGE_ACCOUNT" },
          storageKey: { name: "store", key: "STORAGE_KEY" },
        },
      },
    ],
    ["s3://b/p", { identity: {} }, { s3Credentials: { inheritFromIAMRole: true } }],
    ["gs://b/p", { identity: {} }, { googleCredentials: { gkeEnvironment: true } }],
    [
      "https://acc.blob.core.windows.net/c",
      { identity: {} },
      { azureCredentials: { useDefaultAzureCredentials: true } },
    ],
  ];
  for (const [destination, extra, expected] of credentials) {
    const how = extra.identity ? "the workload's identity" : "a Secret";
    it(`goes to ${destination} with ${how}`, async () => {
      const { secretName, ...rest } = BACKUP;
      const backup = { ...rest, destination, ...(extra.identity ? extra : { secretName: secretName ?? "" }) };
      const { configuration } = one(await database({ backup }), "ObjectStore").inputs["spec"] as {
        configuration: object;
      };
      const found = Object.fromEntries(
        Object.entries(configuration).filter(([key]) => key.endsWith("Credentials")),
      );
      assert.deepEqual(found, expected);
    });
  }

  it("gives the instances' service account the workload's identity", async () => {
    const identity = { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/blog" };
    const registrations = await database({ backup: { destination: "s3://b/p", identity } });
    assert.deepEqual(at(one(registrations, "Cluster").inputs["spec"], "serviceAccountTemplate"), {
      metadata: { annotations: identity },
    });
  });

  it("switches the log in time for the RPO, with a quarter left for the upload", async () => {
    const timeouts = await inTurn([300, 60, 3600], async (rpoSeconds) =>
      at(await clusterSpec({ rpoSeconds }), "postgresql", "parameters", "archive_timeout"),
    );
    assert.deepEqual(timeouts, ["225s", "45s", "2700s"]);
    assert.equal(at(await clusterSpec(), "postgresql", "parameters", "archive_timeout"), "225s");
  });

  it("leaves a switch of the log that the caller chose", async () => {
    const registrations = await database({ backup: BACKUP, parameters: { archive_timeout: "30s" } });
    assert.equal(
      at(one(registrations, "Cluster").inputs, "spec", "postgresql", "parameters", "archive_timeout"),
      "30s",
    );
  });

  it("backs all data up on a schedule of six fields, through the plugin, and begins at once", async () => {
    assert.deepEqual((await schedule())["spec"], {
      cluster: { name: "db" },
      schedule: "0 0 2 * * *",
      immediate: true,
      backupOwnerReference: "cluster",
      method: "plugin",
      pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
    });
  });

  it("begins anew, with a backup at once, for another archive and for another major version", async () => {
    const other = "ghcr.io/cloudnative-pg/postgresql:";
    const cases = [[1], [1, `${other}17.9`], [1, `${other}18.4@sha256:${"1".repeat(64)}`], [2]] as const;
    const names = await inTurn(cases, async ([generation, image]) => {
      const args = { backup: { ...BACKUP, generation }, ...(image ? { image } : {}) };
      return at(one(await database(args), "ScheduledBackup").inputs, "metadata", "name");
    });
    assert.deepEqual(names, ["db-1-pg17", "db-1-pg17", "db-1-pg18", "db-2-pg17"]);
  });

  it("has its store before the Cluster, and backs up only what is settled", async () => {
    const registrations = await backedUp();
    const cluster = one(registrations, "Cluster");
    assert.deepEqual(dependenciesOf(registrations, cluster), [
      "kubernetes:barmancloud.cnpg.io/v1:ObjectStore db",
    ]);
    const dependencies = dependenciesOf(registrations, one(registrations, "ScheduledBackup"));
    assert.ok(dependencies.includes("kubernetes:batch/v1:Job db-settled"), dependencies.join());
  });

  it("stays with a cluster that stays: its log would fill the volume", async () => {
    assert.deepEqual(await kept("retain"), [
      "kubernetes:barmancloud.cnpg.io/v1:ObjectStore db",
      "kubernetes:postgresql.cnpg.io/v1:Cluster db",
      "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup db-backup",
      "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup db-snapshots",
    ]);
    assert.deepEqual(await kept("delete"), []);
  });

  it("makes snapshots beside the archive, which nobody's deletion takes along", async () => {
    const snapshots = { className: "csi" };
    const spec = await clusterSpec({ snapshots });
    assert.deepEqual(at(spec, "backup"), {
      volumeSnapshot: {
        className: "csi",
        walClassName: "csi",
        online: true,
        snapshotOwnerReference: "none",
      },
    });
    assert.equal(at(spec, "plugins", 0, "isWALArchiver"), true);
    assert.deepEqual((await schedule({ snapshots }, "db-snapshots"))["spec"], {
      cluster: { name: "db" },
      schedule: "0 0 4 * * 0",
      immediate: false,
      backupOwnerReference: "cluster",
      method: "volumeSnapshot",
    });
  });

  it("keeps credentials out of every object: only the Secret's name is there", async () => {
    assert.doesNotMatch(JSON.stringify(await backedUp()), /"(accessKey|password|stringData)":"/);
  });
});

describe("PostgresCluster refuses a backup", () => {
  const destinations =
    "s3://bucket/path, gs://bucket/path or https://account.blob.core.windows.net/container";
  const cron = "it must be cron with six fields, the first being the second, such as 0 0 2 * * *";
  const either = "backup takes either secretName or identity: one of them, not both";
  const { secretName: _secretName, ...withoutSecret } = BACKUP;
  const table: readonly (readonly [title: string, backup: BackupSettings, message: string])[] = [
    ["without credentials", withoutSecret, either],
    ["with credentials and an identity", { ...BACKUP, identity: {} }, either],
    ...["", "backups", "s3://", "http://store/blog", "file:///backups", "https://example.com/c"].map(
      (destination) =>
        [
          `to ${destination || "nowhere"}`,
          { ...BACKUP, destination },
          `backup.destination is ${destination}; it must be ${destinations}`,
        ] as const,
    ),
    ...["s3.example.com", "https://s3.example.com/path", "ftp://s3.example.com", "https://"].map(
      (endpoint) =>
        [
          `at ${endpoint}`,
          { ...BACKUP, endpoint },
          `backup.endpoint is ${endpoint}; it must be an address such as https://s3.example.com:9000, without a path`,
        ] as const,
    ),
    ...["0d", "30", "30 d", "1y", "-1d", ""].map(
      (retention) =>
        [
          `kept for "${retention}"`,
          { ...BACKUP, retention },
          `backup.retention is ${retention}; it must be a number of days, weeks or months, such as 30d`,
        ] as const,
    ),
    ...["0 2 * * *", "@daily", "", "0 0 0 2 * * *"].map(
      (schedule) =>
        [`at "${schedule}"`, { ...BACKUP, schedule }, `a backup's schedule is ${schedule}; ${cron}`] as const,
    ),
    [
      "with snapshots by a cron of five fields",
      { ...BACKUP, snapshots: { className: "csi", schedule: "0 4 * * 0" } },
      `a backup's schedule is 0 4 * * 0; ${cron}`,
    ],
    ...[0, -1, 1.5].map(
      (generation) =>
        [
          `of generation ${generation}`,
          { ...BACKUP, generation },
          `backup.generation is ${generation}; it must be a whole number of at least 1`,
        ] as const,
    ),
    ...[59, 0, 90.5].map(
      (rpoSeconds) =>
        [
          `within ${rpoSeconds} s`,
          { ...BACKUP, rpoSeconds },
          `backup.rpoSeconds is ${rpoSeconds}; it must be a whole number of at least 60`,
        ] as const,
    ),
  ];
  for (const [title, backup, message] of table) it(title, () => refuses({ backup }, message));
});
