import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { after, before, describe, it } from "mocha";
import { Reader } from "./support/reader";
import { requireParts } from "./support/require-parts";
import { target } from "./support/target";
import { Workspace } from "./support/workspace";

const STACK = "interrupted";

describe("an interrupted up", () => {
  let workspace: Workspace;

  before(async () => {
    await requireParts();
    workspace = new Workspace();
    workspace.declare(STACK, (config) => {
      delete config["stagewright:gateway"];
      config["stagewright:ingress"] = { class: target.ingressClass };
    });
  });
  after(async () => {
    await workspace?.stagewright(["destroy", "--yes", "--stack", STACK, "--delete-data", STACK]);
    workspace?.remove();
  });

  it("leaves no process and no lock behind when it is stopped while it waits for the database", async () => {
    let interrupted = false;
    const { code, text } = await workspace.stagewright(["up", "--yes", "--stack", STACK], (line, pid) => {
      if (interrupted || !line.includes("create: Cluster")) return;
      interrupted = true;
      setTimeout(() => process.kill(pid, "SIGINT"), 3000);
    });
    assert.ok(interrupted, text);
    assert.notEqual(code, 0, text);
    assert.deepEqual(processesIn(workspace.directory), []);
    const locks = `${workspace.directory}/state/.pulumi/locks`;
    const left = existsSync(locks) ? readdirSync(locks, { recursive: true, withFileTypes: true }) : [];
    assert.deepEqual(
      left.filter((entry) => entry.isFile()).map(({ name }) => name),
      [],
    );
  });

  it("the next `up --yes` finishes without asking, and the blog is served through its Ingress", async () => {
    const { code, text } = await workspace.stagewright(["up", "--yes", "--stack", STACK]);
    assert.equal(code, 0, text);
    assert.equal((await new Reader(`${STACK}.example.com`).get("/")).status, 200);
  });
});

/** Processes whose working folder is the workspace: engines, language hosts and providers among them. */
function processesIn(directory: string): string[] {
  const lines = execFileSync("sh", ["-c", "ls -l /proc/[0-9]*/cwd 2>/dev/null || true"], {
    encoding: "utf8",
  }).split("\n");
  return lines.filter((line) => line.includes(directory));
}
