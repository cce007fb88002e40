import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { describeFinding, diagnose } from "../../release/diagnosis";
import { namespaceRedactor } from "../../release/redaction";
import { kubectl, servingPods, sql } from "./support/cluster";
import { requireParts } from "./support/require-parts";
import { target } from "./support/target";
import { PASSPHRASE, Workspace } from "./support/workspace";

const NAMESPACE = "waits-e2e";
const INSTANCES = ["--selector", "cnpg.io/podRole=instance"] as const;

function failure(run: () => unknown): string {
  let text: string | undefined;
  try {
    run();
  } catch (error) {
    text = (error as Error & { stdout: string }).stdout;
  }
  assert.ok(text !== undefined, "it was expected to fail");
  return text;
}

describe("up ends only when the database's instances run what was declared", () => {
  let workspace: Workspace;
  let state: string;
  const image = target.postgresImage ?? "ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie";

  const pulumi = (...args: string[]) =>
    execFileSync("pulumi", [...args, "--stack", "waits", "--non-interactive"], {
      cwd: join(workspace.directory, "test/e2e/programs/waits"),
      encoding: "utf8",
      env: { ...process.env, PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: PASSPHRASE },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const up = () => pulumi("up", "--yes", "--skip-preview");
  before(async () => {
    await requireParts();
    workspace = new Workspace();
    state = mkdtempSync(join(tmpdir(), "stagewright-waits-"));
    pulumi("stack", "init");
    pulumi("config", "set", "image", image);
  });
  after(() => {
    pulumi("destroy", "--yes", "--skip-preview");
    workspace?.remove();
    rmSync(state, { recursive: true, force: true });
  });

  it("a new cluster: every instance answers", () => {
    up();
    const instances = servingPods(NAMESPACE, ...INSTANCES);
    assert.equal(instances.length, 2);
    assert.ok(instances.every(({ status }) => status.containerStatuses?.[0]?.ready));
  });

  it("changed parameters: every instance shows them the moment `up` ends, restarts included", () => {
    pulumi("config", "set", "--path", "parameters.work_mem", "9MB");
    pulumi("config", "set", "--path", "parameters.max_connections", "123", "--type", "string");
    up();
    for (const { metadata } of servingPods(NAMESPACE, ...INSTANCES)) {
      assert.equal(sql(NAMESPACE, metadata.name, "show work_mem", "postgres"), "9MB");
      assert.equal(sql(NAMESPACE, metadata.name, "show max_connections", "postgres"), "123");
    }
  });

  it("a changed image: every instance runs it the moment `up` ends", () => {
    const next = process.env["E2E_POSTGRES_IMAGE_NEXT"];
    assert.ok(next, "E2E_POSTGRES_IMAGE_NEXT must name another image of the same major version");
    pulumi("config", "set", "image", next);
    up();
    const instances = servingPods(NAMESPACE, ...INSTANCES);
    assert.deepEqual(
      instances.map(({ spec, status }) => [spec.containers[0]?.image, status.containerStatuses?.[0]?.ready]),
      [
        [next, true],
        [next, true],
      ],
    );
    const phase = kubectl(
      "get",
      "cluster",
      "waits-db",
      "--namespace",
      NAMESPACE,
      "--output",
      "jsonpath={.status.phase}",
    );
    assert.equal(phase, "Cluster in healthy state");
  });

  it("parameters that PostgreSQL does not take fail `up`", () => {
    pulumi("config", "set", "timeoutSeconds", "60");
    pulumi("config", "set", "--path", "parameters.work_mem", "plenty");
    const text = failure(up);
    assert.match(text, /waits-db/);
    const logs = kubectl(
      "logs",
      "--namespace",
      NAMESPACE,
      "--selector",
      "app.kubernetes.io/component=settled",
      "--tail",
      "20",
    );
    assert.match(logs, /a parameter has a value that PostgreSQL does not take/);
    pulumi("config", "set", "--path", "parameters.work_mem", "9MB");
    up();
  });

  it("a Cluster that cannot become healthy fails `up`, and the diagnosis names its phase", async () => {
    pulumi("config", "set", "image", image.replace(/:17.*/, ":17-does-not-exist"));
    const text = failure(up);
    assert.match(text, /waits-db[\s\S]*(timed out|DeadlineExceeded)/);
    const findings = await diagnose({}, NAMESPACE, await namespaceRedactor({}, NAMESPACE));
    const lines = findings.flatMap(describeFinding).join("\n");
    assert.match(lines, /Cluster waits-db: (Upgrading cluster|Waiting for the instances to become active)/);
    assert.match(lines, /Pod waits-db-\d+: container \S+: (ImagePullBackOff|ErrImagePull)/);
  });
});
