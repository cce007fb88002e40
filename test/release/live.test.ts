import assert from "node:assert/strict";
import { isFound, readLive } from "../../release/live";
import type { DeclaredStack } from "../../release/stack";
import { fakePrograms, type Programs } from "../support/programs";
import { digestOf } from "../support/records";

const LABELS = "app.kubernetes.io/managed-by=stagewright,app.kubernetes.io/component";
/** What a cluster answers for a kind: objects, or an error. */
type Answers = Readonly<Record<string, readonly object[] | string>>;

const pod = (imageID: string, more: object = {}, status: object = {}) => ({
  kind: "Pod",
  metadata: { name: "blog-1", ...more },
  status: {
    phase: "Running",
    containerStatuses: [
      { name: "sidecar", imageID: `x@${digestOf("f")}` },
      { name: "web", imageID },
    ],
    ...status,
  },
});

const conditions = (...types: [string, string][]) => types.map(([type, status]) => ({ type, status }));

const cnpg = (status: object) => ({
  kind: "Cluster",
  metadata: { name: "blog-db" },
  spec: { instances: 3 },
  status: { phase: "Cluster in healthy state", readyInstances: 3, ...status },
});

/** A Cluster as `PostgresCluster` makes it: its archive is called by its generation too. */
const archivingTo = (serverName: string, status: object) => {
  const { spec, ...rest } = cnpg(status);
  const parameters = { barmanObjectName: "blog-db", serverName };
  return { ...rest, spec: { ...spec, plugins: [{ isWALArchiver: true, parameters }] } };
};

const backup = (name: string, phase: string, stoppedAt: string) => ({
  kind: "Backup",
  metadata: { name: "b" },
  spec: { cluster: { name } },
  status: { phase, stoppedAt },
});

const drill = (content: string) => ({
  kind: "ConfigMap",
  metadata: { name: "d" },
  data: { "result.json": content },
});

describe("what runs in a stack", () => {
  let programs: Programs;
  const stack = {
    name: "prod",
    client: { context: "production" },
    settings: { kubernetes: { namespace: "blog-prod" } },
  } as DeclaredStack;

  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  function cluster(answers: Answers): void {
    const cases = Object.entries(answers).map(([kind, answer], index) => {
      const text = typeof answer === "string" ? answer : JSON.stringify({ items: answer });
      const how = typeof answer === "string" ? ">&2; exit 1" : "; exit 0";
      return `*"get ${kind} "*) /bin/cat "${programs.put(`answer-${index}`, text)}" ${how};;`;
    });
    const none = `*) echo '{"items":[]}';;`;
    programs.write("kubectl", ['case "$*" in', ...cases, none, "esac"].join("\n"));
  }
  const deployment = {
    kind: "Deployment",
    metadata: {
      name: "blog",
      annotations: {
        "stagewright/commit": "abc",
        "stagewright/version": "v",
        "stagewright/digest": digestOf("a"),
      },
    },
    spec: { replicas: 3 },
    status: { readyReplicas: 2 },
  };

  it("is read in the stack's own namespace and context, by our own labels", async () => {
    cluster({});
    assert.deepEqual(await readLive(stack), { stack: "prod", web: "none", database: "none", drill: "none" });
    const calls = programs.calls("kubectl");
    assert.ok(calls.every((call) => call.startsWith("--context production get ")));
    assert.ok(calls.every((call) => call.includes("--namespace blog-prod")));
    assert.ok(
      calls.some((call) => call.includes(`get pods --namespace blog-prod --selector ${LABELS}=web `)),
    );
  });

  it("is counted by the digests that the pods really run; pods that leave or have ended do not count", async () => {
    cluster({
      "deployments.apps": [deployment],
      pods: [
        pod(`registry.example.com/blog@${digestOf("b")}`),
        pod(`docker-pullable://registry.example.com/blog@${digestOf("a")}`),
        pod(`registry.example.com/blog@${digestOf("a")}`),
        pod(`registry.example.com/blog@${digestOf("c")}`, { deletionTimestamp: "2026-11-24T12:00:00Z" }),
        pod(`registry.example.com/blog@${digestOf("c")}`, {}, { phase: "Failed" }),
        pod("", {}, { phase: "Pending", containerStatuses: [] }),
      ],
    });
    const { web } = await readLive(stack);
    assert.deepEqual(web, {
      deployment: "blog",
      ready: 2,
      desired: 3,
      digests: [
        { digest: digestOf("a"), pods: 2 },
        { digest: digestOf("b"), pods: 1 },
      ],
      withoutImage: 1,
      commit: "abc",
      version: "v",
      digest: digestOf("a"),
    });
  });

  it("is not reachable where nobody answers, which is not the same as none", async () => {
    const refused = "The connection to the server was refused";
    cluster({ "deployments.apps": refused, "clusters.postgresql.cnpg.io": refused, configmaps: refused });
    const live = await readLive(stack);
    assert.deepEqual(live, {
      stack: "prod",
      web: "not reachable",
      database: "not reachable",
      drill: "not reachable",
    });
  });

  it("is none where the cluster does not know the kind", async () => {
    cluster({
      "clusters.postgresql.cnpg.io": `error: the server doesn't have a resource type "clusters"`,
    });
    assert.equal((await readLive(stack)).database, "none");
  });

  describe("as a database", () => {
    it("is healthy when its instances are, and says whether it archives", async () => {
      cluster({
        "clusters.postgresql.cnpg.io": [
          cnpg({ conditions: conditions(["Ready", "True"], ["ContinuousArchiving", "False"]) }),
        ],
      });
      assert.deepEqual((await readLive(stack)).database, {
        cluster: "blog-db",
        healthy: true,
        phase: "Cluster in healthy state",
        ready: 3,
        desired: 3,
        archiving: "no",
        lastBackupSucceeded: "none",
        backup: "none",
      });
    });

    for (const [name, status] of [
      ["an instance is missing", { readyInstances: 2, conditions: conditions(["Ready", "True"]) }],
      ["its operator says so", { conditions: conditions(["Ready", "False"]) }],
      ["its operator says nothing yet", { conditions: [] }],
    ] as const) {
      it(`is not healthy when ${name}`, async () => {
        cluster({ "clusters.postgresql.cnpg.io": [cnpg(status)] });
        const { database } = await readLive(stack);
        assert.ok(isFound(database));
        assert.equal(database.healthy, false);
      });
    }

    const sources: [string, Answers, string][] = [
      [
        "the Cluster's own status",
        { "clusters.postgresql.cnpg.io": [cnpg({ lastSuccessfulBackup: "2026-11-24T03:00:00Z" })] },
        "2026-11-24T03:00:00Z",
      ],
      [
        "completed backups of this cluster",
        {
          "clusters.postgresql.cnpg.io": [cnpg({})],
          "backups.postgresql.cnpg.io": [
            backup("blog-db", "completed", "2026-11-24T02:00:00Z"),
            backup("blog-db", "completed", "2026-11-24T04:00:00+01:00"),
            backup("blog-db", "failed", "2026-11-24T09:00:00Z"),
            backup("other", "completed", "2026-11-24T10:00:00Z"),
          ],
        },
        "2026-11-24T04:00:00+01:00",
      ],
      [
        "the recovery window of the archive that the Cluster writes",
        {
          "clusters.postgresql.cnpg.io": [
            archivingTo("blog-db-2", { lastSuccessfulBackup: "2026-11-24T03:00:00Z" }),
          ],
          "objectstores.barmancloud.cnpg.io": [
            {
              kind: "ObjectStore",
              metadata: { name: "store" },
              status: {
                serverRecoveryWindow: {
                  "blog-db-2": { lastSuccessfulBackupTime: "2026-11-24T05:00:00Z" },
                  "blog-db": { lastSuccessfulBackupTime: "2026-11-24T10:00:00Z" },
                },
              },
            },
          ],
        },
        "2026-11-24T05:00:00Z",
      ],
    ];
    for (const [name, answers, completed] of sources) {
      it(`knows its newest backup from ${name}`, async () => {
        cluster(answers);
        const { database } = await readLive(stack);
        assert.ok(isFound(database));
        assert.deepEqual(database.backup, { completed });
      });
    }

    it("does not say that there is no backup when backups cannot be read", async () => {
      cluster({
        "clusters.postgresql.cnpg.io": [cnpg({})],
        "backups.postgresql.cnpg.io": "Error from server (Forbidden): backups is forbidden",
      });
      const { database } = await readLive(stack);
      assert.ok(isFound(database));
      assert.equal(database.backup, "not reachable");
    });
  });

  it("has the newest drill; what is no result does not count", async () => {
    const good = {
      kind: "restore",
      ended: "2026-11-20T03:00:00Z",
      result: "passed",
      rpoSeconds: 12,
      rtoSeconds: 95,
    };
    cluster({
      configmaps: [
        drill(JSON.stringify({ ...good, ended: "2026-11-10T03:00:00Z" })),
        drill(JSON.stringify(good)),
        drill("nonsense"),
        drill("null"),
        drill(JSON.stringify({ ...good, ended: "soon" })),
        { kind: "ConfigMap", metadata: { name: "d" } },
      ],
    });
    assert.deepEqual((await readLive(stack)).drill, good);
  });
});
