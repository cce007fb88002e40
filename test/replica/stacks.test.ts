import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { missingForBackup, store } from "../backup/store";
import { kubectl } from "../e2e/support/cluster";
import { Workspace } from "../e2e/support/workspace";
import { missingForEndToEnd, endUnlessThere } from "../support/parts";
import { other, type Side } from "./bench";

const RUN = randomBytes(3).toString("hex");
const namespaceOf = (side: Side) => `stagewright-stack-${side}-${RUN}`;
const SIDES = ["south", "north"] as const;

/** What the Cluster of a side says at a JSON path. */
const cluster = (side: Side, path: string) =>
  kubectl(
    "get",
    "cluster.postgresql.cnpg.io",
    "blog-db",
    "--namespace",
    namespaceOf(side),
    "--output",
    `jsonpath={${path}}`,
  );
const pods = (side: Side) =>
  Number(
    kubectl(
      "get",
      "deployment",
      "blog",
      "--namespace",
      namespaceOf(side),
      "--output",
      "jsonpath={.spec.replicas}",
    ),
  );

describe("two stacks with one database, by the real engine", () => {
  let workspace: Workspace;

  before(async () => {
    const missing = [...(await missingForEndToEnd()), ...(await missingForBackup())];
    endUnlessThere("test:replica", missing);
    workspace = new Workspace();
    for (const side of SIDES) {
      workspace.declare(side, (config) => {
        config["stagewright:kubernetes"] = { namespace: namespaceOf(side) };
        const database = config["stagewright:database"] as object;
        config["stagewright:database"] = {
          ...database,
          backup: { destination: `s3://${store.bucket}/${RUN}`, endpoint: store.endpoint, rpoSeconds: 60 },
          replica: { self: side, primary: "south", source: { name: other(side) } },
        };
      });
      for (const [key, value] of Object.entries(store.keys)) workspace.keep(side, key, value, "backup");
    }
    workspace.git("commit", "--quiet", "--all", "--message", "Credentials");
  });
  after(async () => {
    for (const side of SIDES) {
      await workspace.stagewright(["destroy", "--stack", side, "--yes", "--delete-data", side]);
      kubectl("delete", "namespace", namespaceOf(side), "--ignore-not-found", "--wait=false");
    }
    workspace.remove();
  });

  async function up(side: Side): Promise<void> {
    const { code, text } = await workspace.stagewright(["up", "--stack", side, "--yes"]);
    assert.equal(code, 0, text);
  }

  it("are deployed, the application beside the one that is written to alone", async () => {
    for (const side of SIDES) await up(side);
    assert.deepEqual([pods("south"), pods("north")], [1, 0]);
    assert.equal(cluster("north", ".spec.bootstrap.recovery.source"), "south");
  });

  it("change places, and what was deployed before does not undo it", async () => {
    const switched = await workspace.stagewright([
      "switch-primary",
      "--from",
      "south",
      "--to",
      "north",
      "--yes",
    ]);
    assert.equal(switched.code, 0, switched.text);
    assert.deepEqual(switched.result["files"], ["Pulumi.south.yaml", "Pulumi.north.yaml"]);
    const now = SIDES.map((side) => workspace.read(`Pulumi.${side}.yaml`));
    workspace.git("checkout", "--quiet", "--", ".");
    const stale = await workspace.stagewright(["up", "--stack", "south", "--yes"]);
    assert.equal(stale.code, 2, stale.text);
    assert.match(String(stale.result["error"]), /says that south is written to, and the database says north/);
    // Plain Pulumi asks nobody, but with a change of the Cluster it meets the other field manager.
    workspace.redeclare("south", (config) => {
      config["stagewright:database"] = {
        ...(config["stagewright:database"] as object),
        resources: { memory: "513Mi" },
      };
    });
    assert.throws(
      () => workspace.pulumi("up", "--stack", "south", "--yes", "--skip-preview"),
      (error: Error) => {
        const { stdout, stderr } = error as Error & { stdout: string; stderr: string };
        assert.match(stdout + stderr, /conflict/i);
        return true;
      },
    );
    assert.equal(cluster("south", ".spec.replica.primary"), "north");
    for (const [index, side] of SIDES.entries()) workspace.commit(`Pulumi.${side}.yaml`, now[index] ?? "");
  });

  it("are deployed again: the application is where it can write, and how a database began stays", async () => {
    for (const side of ["north", "south"] as const) await up(side);
    assert.deepEqual([pods("south"), pods("north")], [0, 1]);
    assert.equal(cluster("north", ".spec.bootstrap.recovery.source"), "south");
    assert.equal(cluster("south", ".spec.bootstrap.initdb.database"), "app");
    assert.notEqual(cluster("north", ".spec.replica.promotionToken"), "");
    for (const side of SIDES) {
      const { code, result, text } = await workspace.stagewright(["drift", "--stack", side]);
      assert.equal(code, 0, text);
      assert.ok(result, text);
    }
  });
});
