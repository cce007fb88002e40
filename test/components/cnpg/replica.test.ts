import assert from "node:assert/strict";
import type { PostgresClusterArgs, ReplicaSettings } from "../../../components";
import { at, every, one } from "../../support/program";
import { BACKUP, database, refuses } from "./clusters";

const PLUGIN = "barman-cloud.cloudnative-pg.io";
const south: ReplicaSettings = { self: "south", primary: "south", source: { name: "north" } };
const north: ReplicaSettings = { self: "north", primary: "south", source: { name: "south" } };
const streaming = {
  host: "db-rw.north.example.com",
  certificateSecretName: "north-replication",
  certificateAuthoritySecretName: "north-ca",
  clientAddresses: ["10.20.0.0/16"],
};
const pair = (replica: ReplicaSettings, args: Partial<PostgresClusterArgs> = {}) =>
  database({ backup: BACKUP, replica, ...args });
const spec = async (replica: ReplicaSettings, args: Partial<PostgresClusterArgs> = {}) =>
  one(await pair(replica, args), "Cluster").inputs["spec"];
const policyOf = async (replica: ReplicaSettings) =>
  every(await pair(replica), "NetworkPolicy").find(({ name }) => name === "db")?.inputs["spec"];
const secretOf = async (args: Partial<PostgresClusterArgs>) =>
  at(
    one(await database({ backup: BACKUP, ...args }), "Job").inputs["spec"],
    "template",
    "spec",
    "volumes",
    0,
    "secret",
    "secretName",
  );

const interval = async (replica: ReplicaSettings) =>
  at(await spec(replica, { instances: 3 }), "postgresql", "parameters", "wal_retrieve_retry_interval");

describe("PostgresCluster as one of two", () => {
  it("names both by their archives, and says who is written to", async () => {
    const found = await spec(south);
    assert.deepEqual(at(found, "replica"), { self: "south", primary: "south", source: "north" });
    assert.deepEqual(at(found, "externalClusters"), [
      {
        name: "south",
        plugin: { name: PLUGIN, parameters: { barmanObjectName: "db", serverName: "south-1" } },
      },
      {
        name: "north",
        plugin: { name: PLUGIN, parameters: { barmanObjectName: "db", serverName: "north-1" } },
      },
    ]);
  });

  it("archives under its name in the pair, as both may be called alike", async () => {
    const generation = { backup: { ...BACKUP, generation: 3 } };
    assert.equal(at(await spec(north, generation), "plugins", 0, "parameters", "serverName"), "north-3");
    assert.equal(
      at(await spec(north, generation), "externalClusters", 0, "plugin", "parameters", "serverName"),
      "north-3",
    );
  });

  it("keeps the archive that it has where it is called as before", async () => {
    const { self: _self, ...rest } = south;
    const found = await spec({ ...rest, primary: "db" });
    assert.deepEqual(at(found, "replica"), { self: "db", primary: "db", source: "north" });
    assert.equal(at(found, "plugins", 0, "parameters", "serverName"), "db-1");
  });

  it("begins empty where it is written to, and from the other one's backup where it follows", async () => {
    assert.ok(at(await spec(south), "bootstrap", "initdb"));
    assert.deepEqual(at(await spec(north), "bootstrap"), {
      recovery: { source: "south", database: "app", owner: "app" },
    });
  });

  it("is not made anew, nor told to, by a switch: how it began stays as it was", async () => {
    assert.deepEqual(one(await pair(south), "Cluster").ignoreChanges, ["spec.bootstrap"]);
    assert.deepEqual(one(await database({ backup: BACKUP }), "Cluster").ignoreChanges, []);
  });

  it("is made from a backup of its own where it is recovered and written to", async () => {
    const found = await spec(south, { recovery: { serverName: "db-7" } });
    assert.equal(at(found, "bootstrap", "recovery", "source"), "origin");
    assert.deepEqual(
      (at(found, "externalClusters") as { name: string }[]).map(({ name }) => name),
      ["origin", "south", "north"],
    );
  });

  it("takes over with the token of the other one", async () => {
    const token = { ...north, primary: "north", promotionToken: "eyJ" };
    assert.deepEqual(at(await spec(token), "replica"), {
      self: "north",
      primary: "north",
      source: "south",
      promotionToken: "eyJ",
    });
  });

  it("reads the other one's archive by another name and from another store", async () => {
    const source = { name: "south", serverName: "shop-4", objectStoreName: "south-store" };
    assert.deepEqual(at(await spec({ ...north, source }), "externalClusters", 1, "plugin", "parameters"), {
      barmanObjectName: "south-store",
      serverName: "shop-4",
    });
  });

  it("streams with a certificate of the other cluster, verified in full", async () => {
    const source = { name: "north", streaming: { ...streaming, port: 6432 } };
    const other = at(await spec({ ...south, source }), "externalClusters", 1) as Record<string, unknown>;
    assert.deepEqual(other["connectionParameters"], {
      host: "db-rw.north.example.com",
      port: "6432",
      user: "streaming_replica",
      dbname: "postgres",
      sslmode: "verify-full",
    });
    assert.deepEqual(
      [other["sslCert"], other["sslKey"], other["sslRootCert"]],
      [
        { name: "north-replication", key: "tls.crt" },
        { name: "north-replication", key: "tls.key" },
        { name: "north-ca", key: "ca.crt" },
      ],
    );
    assert.ok(other["plugin"], "what is not streamed any more is still in the archive");
  });

  it("asks the other one's archive no oftener than PostgreSQL does by itself", async () => {
    assert.deepEqual([await interval(south), await interval(north)], ["1s", undefined]);
  });

  it("opens the network for streaming, to the named addresses alone", async () => {
    const without = await policyOf(south);
    const found = await policyOf({ ...south, source: { name: "north", streaming } });
    const added = (direction: string) =>
      (at(found, direction) as unknown[]).slice((at(without, direction) as unknown[]).length);
    const ports = [{ port: 5432, protocol: "TCP" }];
    assert.deepEqual(added("ingress"), [{ from: [{ ipBlock: { cidr: "10.20.0.0/16" } }], ports }]);
    assert.deepEqual(added("egress"), [{ ports }]);
    const nobody = await policyOf({
      ...south,
      source: { name: "north", streaming: { ...streaming, clientAddresses: [] } },
    });
    assert.deepEqual(at(nobody, "ingress"), at(without, "ingress"));
  });

  it("is asked with its own certificate whether it settled: the password is the other one's", async () => {
    assert.equal(await secretOf({ replica: north }), "db-replication");
    assert.equal(await secretOf({}), "db-app");
  });

  it("waits for roles and databases only where they can be made", async () => {
    const declared = { roles: [{ name: "reporting" }], databases: [{ name: "app" }] };
    const annotations = async (replica: ReplicaSettings) => {
      const registrations = await pair(replica, declared);
      return ["DatabaseRole", "Database"].map((kind) =>
        at(one(registrations, kind).inputs, "metadata", "annotations"),
      );
    };
    const wait = { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" };
    assert.deepEqual(await annotations(south), [wait, wait]);
    const later = { "pulumi.com/skipAwait": "true" };
    assert.deepEqual(await annotations(north), [later, later]);
  });
});

describe("PostgresCluster refuses a pair", () => {
  const table: readonly (readonly [title: string, replica: Partial<ReplicaSettings>, message: string])[] = [
    [
      "in which a third one is written to",
      { primary: "west" },
      "replica.primary is west; it must be south or north",
    ],
    ["of one cluster", { source: { name: "south" } }, "replica.source.name is south, as this cluster itself"],
    [
      "whose archives are the same",
      { source: { name: "north", serverName: "south-1" } },
      "replica.source.serverName is south-1, which this cluster itself archives to",
    ],
    [
      "that is to follow and to take over",
      { primary: "north", promotionToken: "eyJ" },
      "replica.promotionToken is for the cluster that takes over; it needs replica.primary to be south",
    ],
    ...["", "South", "a/b", "x".repeat(51)].map(
      (name) =>
        [
          `with the name ${JSON.stringify(name)}`,
          { source: { name } },
          `a cluster of the pair is called ${JSON.stringify(name)}; it must be lower-case letters, digits and dashes, 50 at most`,
        ] as const,
    ),
    [
      "that streams to everybody",
      { source: { name: "north", streaming: { ...streaming, clientAddresses: ["10.0.0.1"] } } },
      "replica.source.streaming.clientAddresses has 10.0.0.1; it must be a range such as 10.20.0.0/16",
    ],
  ];
  for (const [title, replica, message] of table) {
    it(title, () => refuses({ backup: BACKUP, replica: { ...south, ...replica } }, message));
  }

  it("that archives nothing", () =>
    refuses({ replica: south }, "replica needs backup: each of the two follows the other one's archive"));
});
