import assert from "node:assert/strict";
import { kubectl } from "../e2e/support/cluster";
import { Workspace } from "../e2e/support/workspace";
import { missingForEndToEnd, endUnlessThere } from "../support/parts";
import { missingForBackup, store } from "./store";

const STACK = "unarchived";
const NAMESPACE = "stagewright-unarchived";

/**
 * A store that answers, and a bucket that it does not have, nor lets the plugin make, by its name: credentials and network
 * are well, and nothing is archived.
 */
const backup = {
  destination: "s3://stagewright_no_such_bucket/blog",
  endpoint: store.endpoint,
  rpoSeconds: 60,
};

describe("an up of a stack whose archive never worked, on the real parts", () => {
  let workspace: Workspace;

  before(async () => {
    const missing = [...(await missingForEndToEnd()), ...(await missingForBackup())];
    endUnlessThere("test:backup", missing);
    workspace = new Workspace();
    workspace.declare(STACK, (config) => {
      config["stagewright:kubernetes"] = { namespace: NAMESPACE };
      const database = config["stagewright:database"] as object;
      config["stagewright:database"] = { ...database, backup: { ...backup, onFailure: "fail" } };
    });
    for (const [key, value] of Object.entries(store.keys)) workspace.keep(STACK, key, value, "backup");
    workspace.git("commit", "--quiet", "--all", "--message", "Credentials");
  });
  after(async () => {
    await workspace.stagewright(["destroy", "--stack", STACK, "--yes", "--delete-data", STACK]);
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
    workspace.remove();
  });

  const reason = new RegExp(
    `the database of stack ${STACK} is not backed up: the log is not archived: .+\n` +
      `look at it:\n {2}kubectl describe cluster blog-db --namespace ${NAMESPACE}\n` +
      ` {2}kubectl describe objectstore blog-db --namespace ${NAMESPACE}\n` +
      ` {2}kubectl logs blog-db-1 --namespace ${NAMESPACE} --container plugin-barman-cloud\n` +
      `(?: {4}the plugin says: .+\n?)+`,
  );

  it("fails where it is told to, and says how to look and what the plugin complained of", async () => {
    const { code, text, result } = await workspace.stagewright(["up", "--stack", STACK, "--yes"]);
    assert.equal(code, 1, text);
    const message = String(result["error"]);
    process.stdout.write(`${message}\n`);
    assert.match(message, reason);
    assert.match(message, /the plugin says: .*(bucket|NoSuchBucket|404)/i);
    assert.ok(!text.includes(store.keys.ACCESS_SECRET_KEY));
  });

  it("warns where it is told to, and ends well", async () => {
    workspace.redeclare(STACK, (config) => {
      const database = config["stagewright:database"] as { backup: object };
      config["stagewright:database"] = { ...database, backup: { ...database.backup, onFailure: "warn" } };
    });
    const { code, text, events, result } = await workspace.stagewright(["up", "--stack", STACK, "--yes"]);
    assert.equal(code, 0, text);
    const warning = events.find(({ event, text: said }) => event === "warning" && reason.test(String(said)));
    assert.ok(warning, text);
    assert.equal((result["backup"] as { state: string }).state, "broken");
  });
});
