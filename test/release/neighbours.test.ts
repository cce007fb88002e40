import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { guardNeighbours } from "../../release/neighbours";
import { readRunningStack } from "../../release/stack";

const vault = { address: "https://vault.example.com:8200" };
const inCluster = { address: "http://vault.vault.svc:8200" };
const backup = { destination: "s3://backups/blog", identity: {} };
const minio = { ...backup, endpoint: "http://minio.store:9000" };
const gateway = { name: "public", namespace: "gateway" };
const application = { host: "blog.example.com" };
const pair = (self: string, name: string) => ({ self, primary: "south", source: { name } });
const one = { kubernetes: { context: "one" } };
const blog = { kubernetes: { namespace: "blog" } };

describe("stacks of one project", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "neighbours-"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: stagewright\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What is refused of stack `south` beside stack `north`: paths and commands. */
  function refused(south: object, north: object): string[] {
    for (const [stack, settings] of Object.entries({ south, north })) {
      const all = { environment: "test", image: { repository: "registry.example.com/blog" }, ...settings };
      const config = Object.fromEntries(
        Object.entries(all).map(([key, value]) => [`stagewright:${key}`, value]),
      );
      writeFileSync(
        join(folder, `Pulumi.${stack}.yaml`),
        stringify({ secretsprovider: "passphrase", config }),
      );
    }
    try {
      guardNeighbours(readRunningStack(folder, "south"));
      return [];
    } catch (error) {
      assert.equal((error as { kind?: string }).kind, "usage");
      return [...(error as Error).message.matchAll(/pulumi config set --stack south --path (.*)/g)].map(
        ([, words = ""]) => words,
      );
    }
  }

  const database = { backup };
  const folderAndRole = ["vault.folder blog-south", "vault.role blog-south"];
  for (const [what, south, north, expected] of [
    [
      "archive to one place",
      { database },
      { database },
      ["database.backup.destination s3://backups/blog/south"],
    ],
    ["have one namespace's name, and one Vault", { ...blog, vault }, { ...blog, vault }, folderAndRole],
    [
      "say one folder of a Vault",
      { vault: { ...vault, folder: "blog/all" } },
      { vault: { ...vault, folder: "blog/all" } },
      ["vault.folder blog-all-south"],
    ],
    [
      "have a folder of a Vault that holds the other one's",
      { vault: { ...vault, folder: "blog" } },
      { vault: { ...vault, folder: "blog/prod" } },
      ["vault.folder blog-south"],
    ],
    [
      "have a folder of a Vault inside the other one's",
      { vault: { ...vault, folder: "blog/test" } },
      { vault: { ...vault, folder: "blog" } },
      ["vault.folder blog-test-south"],
    ],
    [
      "have one host at one Gateway of one cluster",
      { ...one, gateway, application },
      { ...one, gateway, application },
      ["application.host south.blog.example.com"],
    ],
    [
      "archive to one place of one cluster",
      { ...one, database: { backup: minio } },
      { ...one, database: { backup: minio } },
      ["database.backup.destination s3://backups/blog/south"],
    ],
  ] as const) {
    it(`are refused where they ${what}`, () => assert.deepEqual(refused(south, north), expected));
  }

  const other = { kubernetes: { context: "other" } };
  for (const [what, south, north] of [
    ["have nothing outside their namespaces", {}, {}],
    [
      "have archives of another generation",
      { database },
      { database: { backup: { ...backup, generation: 2 } } },
    ],
    [
      "hold one database between them",
      { vault, ...blog, database: { backup, replica: pair("south", "north") } },
      { vault, ...blog, database: { backup, replica: pair("north", "south") } },
    ],
    ["have one Vault, and namespaces of their own", { vault }, { vault }],
    [
      "have a Vault in each cluster, by one address",
      { ...blog, vault: inCluster },
      { ...blog, vault: inCluster },
    ],
    ["have one host in two clusters", { ...one, gateway, application }, { ...other, gateway, application }],
    [
      "have a store in each cluster",
      { ...one, database: { backup: minio } },
      { ...other, database: { backup: minio } },
    ],
    ["are not both complete", { database }, { database, image: {} }],
  ] as const) {
    it(`are let be where they ${what}`, () => assert.deepEqual(refused(south, north), []));
  }

  it("are told apart by the name of the other one, and what is shared", () => {
    const settings = { environment: "test", image: { repository: "registry.example.com/blog" }, database };
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`stagewright:${key}`, value]),
    );
    for (const stack of ["south", "north"])
      writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
    assert.throws(() => guardNeighbours(readRunningStack(folder, "south")), {
      message: /database\.backup\.destination.*s3:\/\/backups\/blog.*one of its own, apart from stack north/s,
    });
  });
});
