import assert from "node:assert/strict";
import type { Course } from "../../release/course";
import { proveStep } from "../../release/prove";
import { fakePrograms, type Programs } from "../support/programs";

const DEPLOYED = {
  repository: "registry.example.com/blog",
  digest: `sha256:${"a".repeat(64)}`,
  url: "https://blog.example.com",
  databaseCluster: "blog-db",
  changes: {},
};
const CLUSTER = {
  metadata: { name: "blog-db" },
  spec: {
    plugins: [{ isWALArchiver: true, parameters: { barmanObjectName: "blog-db", serverName: "one" } }],
  },
  status: { conditions: [{ type: "ContinuousArchiving", status: "True" }] },
};

describe("what a release proves after its deployment", () => {
  let programs: Programs;
  const steps: string[] = [];
  const told: string[] = [];
  beforeEach(() => {
    steps.length = 0;
    told.length = 0;
    programs = fakePrograms();
    const window = { one: { lastSuccessfulBackupTime: new Date().toISOString() } };
    programs.answer("kubectl", {
      clusters: JSON.stringify(CLUSTER),
      "": JSON.stringify({ status: { serverRecoveryWindow: window } }),
    });
    runs(DEPLOYED.digest);
  });
  afterEach(() => programs.remove());
  const runs = (digest: string) => {
    const image = `${DEPLOYED.repository}@${digest}`;
    programs.answer("pulumi", { "stack output": JSON.stringify({ image, commit: "c", version: "v" }) });
  };

  /** A course of a stack that is asked nothing over its route. */
  const course = (archive?: object) =>
    ({
      errand: {
        progress: { step: (text: string) => told.push(text), warn: (text: string) => told.push(text) },
      },
      run: { resumed: [] },
      stack: {
        name: "int",
        directory: programs.folder,
        client: {},
        settings: {
          archive,
          database: { backup: {} },
          kubernetes: { namespace: "blog" },
          release: { smoke: { checks: [] }, rollback: "manual" },
        },
      },
      step: (name: string, work: () => Promise<unknown>) => {
        steps.push(name);
        return work();
      },
    }) as unknown as Course;

  it("is that the database is backed up, before the application is asked", async () => {
    await proveStep(course({ onFailure: "fail", maxAgeHours: 26 }), DEPLOYED);
    assert.deepEqual(steps, ["backup", "smoke"]);
    assert.match(told.join("\n"), /^looking at the backup\nbacked up: last at /);
  });

  it("is the application alone where no backup is declared", async () => {
    await proveStep(course(), DEPLOYED);
    assert.deepEqual(steps, ["smoke"]);
  });

  it("is nothing where the stack runs another image by then", async () => {
    runs(`sha256:${"b".repeat(64)}`);
    await assert.rejects(
      proveStep(course(), DEPLOYED),
      /^Error: stack int was deployed with sha256:b+ by somebody/,
    );
  });
});
