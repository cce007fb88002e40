import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { kubectl, sql } from "./support/cluster";
import { requireParts } from "./support/require-parts";
import { Workspace } from "./support/workspace";

const STACK = "e2e-grants";
const NAMESPACE = "blog-e2e-grants";
const PASSWORD = `canary-${randomBytes(12).toString("hex")}`; // not a secret: a canary

/** The port-forwards that lead to the stack's database. */
const forwards = () =>
  spawnSync("pgrep", ["-f", `port-forward service/blog-db-rw .*${NAMESPACE}`]).stdout.toString();
const acl = () => sql(NAMESPACE, "blog-db-1", "select relacl from pg_class where relname = 'posts'");

describe("a stack that grants in its database", () => {
  let workspace: Workspace;
  const up = (onEvent?: (line: string, pid: number) => void) =>
    workspace.stagewright(["up", "--stack", STACK, "--yes"], onEvent);

  before(async () => {
    await requireParts();
    workspace = new Workspace();
    workspace.declare(STACK, (config) => {
      config["stagewright:database"] = {
        ...(config["stagewright:database"] as object),
        grants: { readOnlyRoles: [{ name: "reporting" }], migrationRoles: [{ name: "migrator" }] },
      };
    });
    workspace.keep(STACK, "password", PASSWORD, "database-grants");
    workspace.git("commit", "--all", "--quiet", "--message", "The password of who grants");
  });
  after(() => {
    workspace?.remove();
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
  });

  it("is refused by plain `pulumi up`, which has no way there, with the command that has", () => {
    assert.throws(
      () => workspace.pulumi("up", "--stack", STACK, "--yes", "--skip-preview"),
      (error: Error & { stdout: string }) => {
        const words =
          "plain Pulumi opens no way to a database inside the cluster; use: stagewright up --stack";
        assert.ok(error.stdout.includes(`${words} ${STACK}`), error.stdout);
        return true;
      },
    );
    assert.equal(kubectl("get", "namespace", NAMESPACE, "--ignore-not-found"), "");
  });

  it("is left without a port-forward when somebody interrupts it while it grants, and is finished by the next run", async () => {
    let interrupted = false;
    const first = await up((line, pid) => {
      if (interrupted || !/"resource":"(Grant|DefaultPrivileges)"/.test(line) || forwards() === "") return;
      interrupted = true;
      process.kill(pid, "SIGINT");
    });
    assert.ok(interrupted, "it was not interrupted");
    assert.notEqual(first.code, 0);
    assert.equal(forwards(), "");
    const second = await up();
    assert.equal(second.code, 0, second.text);
    assert.equal(forwards(), "");
    assert.match(acl(), /reporting=r\/app/);
    assert.ok(!`${first.text}${second.text}`.includes(PASSWORD));
    assert.ok(!workspace.pulumi("stack", "export", "--stack", STACK).includes(PASSWORD));
  });

  it("changes nothing when nothing has changed, and shows no drift", async () => {
    const { code, text, result } = await up();
    assert.equal(code, 0, text);
    assert.deepEqual(Object.keys(result["changes"] as object), ["same"]);
    const drift = await workspace.stagewright(["drift", "--stack", STACK]);
    assert.equal(drift.code, 0, drift.text);
  });

  it("is destroyed with its database, whose grants nobody takes back one by one", async () => {
    const { code, text } = await workspace.stagewright(["destroy", "--stack", STACK, "--yes"]);
    assert.equal(code, 0, text);
    assert.equal(kubectl("get", "namespace", NAMESPACE, "--ignore-not-found"), "");
    assert.equal(forwards(), "");
  });
});
