import assert from "node:assert/strict";
import { runStack } from "../../embedded/run";
import { renderManifests } from "../../embedded/manifests";
import { describeMistakes } from "../../environments/mistakes";
import { type ResolvedStack, resolveStack } from "../../environments/resolve";
import { list, one } from "../support/program";

const CANARY = "canary-51d2";
const destination = "s3://backups/blog";
const image = { repository: "registry.example.com/blog" };
const promoted = {
  image: { ...image, digest: `sha256:${"a".repeat(64)}` },
  application: { host: "blog.example.com" },
  gateway: { name: "public", namespace: "gateway" },
  kubernetes: { context: "production" },
};

type Given = Readonly<Record<string, unknown>>;
const resolve = (database: Given, more: Given = {}, stack = "test") =>
  resolveStack(stack, { ...(stack === "test" ? { image } : promoted), database, ...more });
function settled(database: Given, more: Given = {}, stack = "test"): ResolvedStack {
  const resolution = resolve(database, more, stack);
  if ("mistakes" in resolution) assert.fail(describeMistakes(stack, resolution.mistakes));
  return resolution.stack;
}
/** What is wrong, without the headline. */
function mistakes(database: Given, more: Given = {}): string {
  const resolution = resolve(database, more);
  assert.ok("mistakes" in resolution);
  return describeMistakes("test", resolution.mistakes).split("\n\n").slice(1).join("\n\n");
}

describe("database.backup", () => {
  it("takes its credentials from the configuration, out of the application's reach", () => {
    const values = { ACCESS_KEY_ID: "id", ACCESS_SECRET_KEY: CANARY };
    const stack = settled(
      { backup: { destination } },
      { secrets: { backup: values, application: { key: "x" } } },
    );
    assert.deepEqual(stack.database.backup, { destination, secretName: "database-backup" });
    assert.deepEqual(stack.archive?.secret, { name: "database-backup", values });
    assert.deepEqual(stack.secrets, { application: { key: "x" } });
  });

  it("hands everything else over to the component as it stands", () => {
    const backup = {
      destination,
      endpoint: "https://s3.example.com:9000",
      secretName: "store",
      retention: "12w",
      compression: "lz4",
      schedule: "0 0 3 * * *",
      immediate: false,
      generation: 3,
      rpoSeconds: 60,
      snapshots: { className: "csi" },
    };
    assert.deepEqual(
      settled({ backup: { ...backup, onFailure: "fail", maxAgeHours: 200 } }).database.backup,
      backup,
    );
  });

  it("fails prod and warns elsewhere, unless it is told otherwise", () => {
    const backup = { destination, identity: {} };
    const archive = (stack: string, more: Given = {}) =>
      settled({ backup: { ...backup, ...more } }, {}, stack).archive;
    assert.deepEqual(archive("test"), { onFailure: "warn", maxAgeHours: 26 });
    assert.deepEqual(archive("int"), { onFailure: "warn", maxAgeHours: 26 });
    assert.deepEqual(archive("prod"), { onFailure: "fail", maxAgeHours: 26 });
    assert.deepEqual(archive("prod", { onFailure: "warn", maxAgeHours: 200 }), {
      onFailure: "warn",
      maxAgeHours: 200,
    });
  });

  it("is left out where there is none", () => {
    const { archive, database } = settled({});
    assert.deepEqual([archive, database.backup, database.recovery], [undefined, undefined, undefined]);
  });

  const ways = "database.backup.secretName, database.backup.identity, secrets.backup";
  const refused: readonly (readonly [title: string, database: Given, more: Given, text: string])[] = [
    [
      "without credentials",
      { backup: { destination } },
      {},
      `  database.backup
    found     no credentials
    expected  one of ${ways}
    mend      pulumi config set --stack test --secret --path secrets.backup.ACCESS_KEY_ID && pulumi config set --stack test --secret --path secrets.backup.ACCESS_SECRET_KEY`,
    ],
    [
      "with three kinds of credentials",
      { backup: { destination, secretName: "store", identity: {} } },
      { secrets: { backup: { ACCESS_SECRET_KEY: CANARY } } },
      `  database.backup.identity
    found     a mapping with no keys
    expected  nothing, as database.backup.secretName is given: one of ${ways}
    mend      pulumi config rm --stack test --path database.backup.identity

  secrets.backup
    found     credentials
    expected  nothing, as database.backup.secretName is given: one of ${ways}
    mend      pulumi config rm --stack test --path secrets.backup`,
    ],
    [
      "that has credentials and nothing else",
      {},
      { secrets: { backup: { ACCESS_SECRET_KEY: CANARY } } },
      `  secrets.backup
    found     the credentials of a backup
    expected  database.backup.destination beside it: this folder is never the application's
    mend      pulumi config set --stack test --path database.backup.destination s3://BUCKET/PATH`,
    ],
    [
      "with a cron of five fields and a retention of years",
      { backup: { destination, identity: {}, schedule: "0 2 * * *", retention: "1y" } },
      {},
      `  database.backup.retention
    found     "1y"
    expected  a number of days, weeks or months, such as 30d
    mend      pulumi config set --stack test --path database.backup.retention 30d

  database.backup.schedule
    found     "0 2 * * *"
    expected  cron with six fields, the first being the second, such as 0 0 2 * * *
    mend      pulumi config set --stack test --path database.backup.schedule '0 0 2 * * *'`,
    ],
    [
      "with an RPO below a minute",
      { backup: { destination, identity: {}, rpoSeconds: 30 } },
      {},
      `  database.backup.rpoSeconds
    found     30
    expected  a whole number from 60 to 3600
    mend      pulumi config set --stack test --path database.backup.rpoSeconds 300`,
    ],
    [
      "by the operator's own way, which is no key of ours",
      { backup: { destination, identity: {}, barmanObjectStore: {} } },
      {},
      `  database.backup.barmanObjectStore
    found     a key that is not known
    expected  one of destination, endpoint, endpointCaSecretName, secretName, identity, retention, compression, schedule, immediate, generation, rpoSeconds, snapshots, onFailure, maxAgeHours
    mend      pulumi config rm --stack test --path database.backup.barmanObjectStore`,
    ],
  ];
  for (const [title, database, more, text] of refused) {
    it(`is refused ${title}`, () => {
      assert.equal(mistakes(database, more), text);
      assert.doesNotMatch(text, new RegExp(CANARY));
    });
  }
});

describe("database.recovery", () => {
  const backup = { destination, identity: {}, generation: 2 };

  it("is handed over to the component", () => {
    const recovery = { serverName: "blog-db-1", targetTime: "2026-11-24T13:05:00Z" };
    assert.deepEqual(settled({ backup, recovery }).database.recovery, recovery);
  });

  const refused: readonly (readonly [title: string, recovery: Given, text: string])[] = [
    [
      "to a time without a zone",
      { targetTime: "2026-11-24T13:05:00" },
      `  database.recovery.targetTime
    found     "2026-11-24T13:05:00"
    expected  a time with its zone, such as 2026-11-24T13:05:00Z
    mend      pulumi config set --stack test --path database.recovery.targetTime 2026-11-24T13:05:00Z`,
    ],
    [
      "to a time and a restore point at once",
      { targetTime: "2026-11-24T13:05:00Z", targetName: "here" },
      `  database.recovery.targetName
    found     "here"
    expected  nothing, as database.recovery.targetTime is given: a recovery stops once
    mend      pulumi config rm --stack test --path database.recovery.targetName`,
    ],
    [
      "to a restore point of no certain backup",
      { targetName: "here" },
      `  database.recovery.backupId
    found     nothing
    expected  the base backup to begin with, as only a time tells it by itself
    mend      pulumi config set --stack test --path database.recovery.backupId 20261124T020000`,
    ],
  ];
  for (const [title, recovery, text] of refused) {
    it(`is refused ${title}`, () =>
      assert.equal(mistakes({ backup, recovery: { serverName: "blog-db-1", ...recovery } }), text));
  }
});

const prod = (database: object) =>
  runStack({
    directory: process.cwd(),
    stack: "prod",
    builtDigest: `sha256:${"d".repeat(64)}`,
    configuration: {
      values: {
        "stagewright:image": JSON.stringify(promoted.image),
        "stagewright:application": JSON.stringify(promoted.application),
        "stagewright:gateway": JSON.stringify(promoted.gateway),
        "stagewright:kubernetes": JSON.stringify(promoted.kubernetes),
        "stagewright:database": JSON.stringify(database),
      },
      secretKeys: [],
      open: [],
    },
  });

describe("the program with a backup", () => {
  const values = {
    "stagewright:image": JSON.stringify(image),
    "stagewright:database": JSON.stringify({
      deletion: "retain",
      backup: { destination, generation: 2 },
      recovery: { serverName: "blog-db-1" },
    }),
    "stagewright:secrets": JSON.stringify({
      backup: { ACCESS_KEY_ID: "id", ACCESS_SECRET_KEY: CANARY },
      application: { "signing-secret": "x" },
    }),
  };
  const run = () =>
    runStack({
      directory: process.cwd(),
      stack: "test",
      builtDigest: `sha256:${"d".repeat(64)}`,
      configuration: { values, secretKeys: ["stagewright:secrets"], open: [] },
    });

  it("keeps the credentials as long as the data, makes them first, and mounts them nowhere", async () => {
    const { registrations } = await run();
    const secret = one(registrations, "Secret", "database-backup");
    assert.deepEqual([secret.protect, secret.retainOnDelete], [true, true]);
    assert.ok(one(registrations, "PostgresCluster").dependencies.includes(secret.urn));
    const { manifests } = renderManifests(registrations);
    const deployment = manifests.find(({ kind }) => kind === "Deployment");
    assert.doesNotMatch(JSON.stringify(deployment), /database-backup/);
    assert.doesNotMatch(JSON.stringify(manifests), new RegExp(CANARY));
    assert.deepEqual(
      list(registrations).filter((line) => line.includes("Secret ")),
      ["kubernetes:core/v1:Secret blog-application", "kubernetes:core/v1:Secret database-backup"],
    );
  });

  it("warns of prod alone that has none, and says how to begin", async () => {
    assert.deepEqual(
      (await prod({})).warnings.filter((text) => text.includes("backup")),
      [
        "no backup yet: the database of stack prod is replicated, but nothing is archived; " +
          "pulumi config set --stack prod --path database.backup.destination s3://BUCKET/PATH",
      ],
    );
    assert.deepEqual(
      (await prod({ backup: { destination, identity: {} } })).warnings.filter((text) =>
        text.includes("backup"),
      ),
      [],
    );
  });
});
