import assert from "node:assert/strict";
import { describeMistakes } from "../../environments/mistakes";
import { resolveStack } from "../../environments/resolve";

const image = { repository: "registry.example.com/blog" };
const backup = { destination: "s3://backups/blog", identity: {} };
const south = { self: "south", primary: "south", source: { name: "north" } };

type Given = Readonly<Record<string, unknown>>;
const resolve = (replica: Given, more: Given = { backup }, application: Given = {}) =>
  resolveStack("test", { image, application, database: { ...more, replica } });
function settled(replica: Given, application: Given = {}) {
  const resolution = resolve(replica, { backup }, application);
  if ("mistakes" in resolution) assert.fail(describeMistakes("test", resolution.mistakes));
  return resolution.stack;
}
/** What is wrong, without the headline. */
function mistakes(replica: Given, more?: Given): string {
  const resolution = resolve(replica, more);
  assert.ok("mistakes" in resolution);
  return describeMistakes("test", resolution.mistakes).split("\n\n").slice(1).join("\n\n");
}

describe("database.replica", () => {
  it("is handed over to the component as it stands", () => {
    const source = {
      name: "north",
      serverName: "north-2",
      objectStoreName: "north",
      streaming: {
        host: "db.north.example.com",
        port: 6432,
        certificateSecretName: "north-replication",
        certificateAuthoritySecretName: "north-ca",
        clientAddresses: ["10.20.0.0/16", "fd00::/8"],
      },
    };
    assert.deepEqual(settled({ ...south, source }).database.replica, { ...south, source });
  });

  it("leaves the application without pods while the database follows, as nothing could be written", () => {
    assert.equal(settled(south, { replicas: 3 }).application.replicas, 3);
    assert.equal(settled({ ...south, primary: "north" }, { replicas: 3 }).application.replicas, 0);
    assert.equal(settled({ ...south, primary: "north" }).application.replicas, 0);
  });

  const refused: readonly (readonly [
    title: string,
    replica: Given,
    more: Given | undefined,
    text: string,
  ])[] = [
    [
      "without an archive",
      south,
      {},
      `  database.backup
    found     nothing
    expected  an archive, as each of the two databases follows the other one's
    mend      pulumi config set --stack test --path database.backup.destination s3://BUCKET/PATH`,
    ],
    [
      "in which a third one is written to, and whose archives are the same",
      { self: "south", primary: "west", source: { name: "north", serverName: "south-2" } },
      { backup: { ...backup, generation: 2 } },
      `  database.replica.primary
    found     "west"
    expected  south (database.replica.self) or north (database.replica.source.name)
    mend      pulumi config set --stack test --path database.replica.primary south

  database.replica.source.serverName
    found     "south-2"
    expected  the other database's archive: this one is written by this database itself
    mend      pulumi config set --stack test --path database.replica.source.serverName north-1`,
    ],
    [
      "of one database",
      { self: "south", primary: "south", source: { name: "south" } },
      undefined,
      `  database.replica.source.name
    found     "south"
    expected  the name of the other database, not south, which is database.replica.self
    mend      pulumi config set --stack test --path database.replica.source.name OTHER`,
    ],
    [
      "with names and a token that are none",
      { self: "South", primary: "south", source: {}, promotionToken: "eyJ" },
      undefined,
      `  database.replica.self
    found     "South"
    expected  lower-case letters, digits and dashes, 50 at most
    mend      pulumi config set --stack test --path database.replica.self blog-south

  database.replica.source.name
    found     nothing
    expected  lower-case letters, digits and dashes, 50 at most
    mend      pulumi config set --stack test --path database.replica.source.name blog-north

  database.replica.promotionToken
    found     a key that is not known
    expected  one of self, primary, source
    mend      pulumi config rm --stack test --path database.replica.promotionToken`,
    ],
    [
      "that streams to one address",
      {
        ...south,
        source: {
          name: "north",
          streaming: {
            host: "https://north",
            certificateSecretName: "a",
            certificateAuthoritySecretName: "b",
            clientAddresses: ["10.0.0.1"],
          },
        },
      },
      undefined,
      `  database.replica.source.streaming.host
    found     "https://north"
    expected  a host name in lower case
    mend      pulumi config set --stack test --path database.replica.source.streaming.host db.north.example.com

  database.replica.source.streaming.clientAddresses[0]
    found     "10.0.0.1"
    expected  a range such as 10.20.0.0/16
    mend      pulumi config set --stack test --path 'database.replica.source.streaming.clientAddresses[0]' 10.20.0.0/16`,
    ],
  ];
  for (const [title, replica, more, text] of refused) {
    it(`refuses a pair ${title}`, () => assert.equal(mistakes(replica, more), text));
  }
});
