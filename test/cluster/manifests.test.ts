import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Manifest, renderManifests, type SealedSecret } from "../../embedded/manifests";
import { runStack } from "../../embedded/run";
import { PostgresCluster } from "../../components";
import { build } from "../support/program";
import { missingForCluster, endUnlessThere } from "../support/parts";
import { judge, kubectl } from "./hands";
import { exists, removeNamespace } from "./namespaces";

const DIGEST = `sha256:${"d".repeat(64)}`;

function dummySecret({ name, namespace, keys }: SealedSecret): object {
  const stringData = Object.fromEntries(keys.map((key) => [key, "left out"]));
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData };
}

const isNamespace = ({ kind }: Manifest) => kind === "Namespace";

describe("an API server takes every manifest of every stack", () => {
  const made: string[] = [];

  before(async () => {
    const missing = await missingForCluster();
    endUnlessThere("test:cluster", missing);
  });
  after(() => made.forEach(removeNamespace));

  it("the judge is strict: a misspelt field in a Cluster is refused", () => {
    const wrong = {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { name: "wrong", namespace: "default" },
      spec: { instances: 1, storage: { sise: "1Gi" } },
    };
    assert.throws(() => judge(wrong), /spec\.storage\.sise/);
  });

  for (const stack of ["test", "int", "prod"]) {
    it(`stack ${stack}: each object is accepted`, async () => {
      const run = await runStack({ directory: process.cwd(), stack, builtDigest: DIGEST });
      const { manifests, secrets } = renderManifests(run.registrations);
      for (const namespace of manifests.filter(isNamespace)) {
        if (!exists(namespace.metadata.name)) {
          made.push(namespace.metadata.name);
          kubectl(["apply", "--server-side", "--validate=strict", "--filename", "-"], namespace);
        }
      }
      const refused = [
        ...manifests.filter((manifest) => !isNamespace(manifest)),
        ...secrets.map(dummySecret),
      ].flatMap((manifest) => {
        try {
          judge(manifest);
          return [];
        } catch (error) {
          return [(error as Error & { stderr: string }).stderr];
        }
      });
      assert.deepEqual(refused, []);
      assert.ok(manifests.length >= 10, `only ${manifests.length} manifests were judged`);
    });
  }

  it("a PostgresCluster with everything that it can have is accepted", async () => {
    const namespace = "default";
    const registrations = await build(
      () =>
        void new PostgresCluster("db", {
          namespace,
          instances: 3,
          image: "ghcr.io/cloudnative-pg/postgresql:18.4-standard-trixie",
          storage: "1Gi",
          walStorage: "1Gi",
          resources: { cpu: "1", memory: "1Gi" },
          backup: {
            destination: "s3://backups/blog",
            endpoint: "https://s3.example.com:9000",
            endpointCaSecretName: "store-ca",
            secretName: "store",
            generation: 2,
          },
          recovery: { serverName: "db-1", backupId: "20261124T020000", targetName: "before-import" },
          pooler: { readOnly: true },
          roles: [
            {
              name: "reader",
              inRoles: ["pg_read_all_data"],
              passwordSecretName: "reader",
              clientCertificate: true,
              connectionLimit: 5,
              comment: "reads",
            },
          ],
          databases: [{ name: "app", extensions: ["pg_trgm"] }],
        }),
    );
    const { manifests } = renderManifests(registrations);
    const kinds = new Set(manifests.map(({ kind }) => kind));
    for (const kind of ["Cluster", "ObjectStore", "ScheduledBackup", "Pooler", "DatabaseRole", "Database"]) {
      assert.ok(kinds.has(kind), `no ${kind} was judged`);
    }
    manifests.forEach(judge);
    for (const destination of ["gs://backups/blog", "https://account.blob.core.windows.net/container"]) {
      for (const credentials of [{ secretName: "store" }, { identity: { "example.com/role": "blog" } }]) {
        const made = await build(
          () =>
            void new PostgresCluster("db", {
              namespace,
              image: "postgresql:18.4",
              storage: "1Gi",
              walStorage: "1Gi",
              resources: { cpu: "1", memory: "1Gi" },
              backup: { destination, ...credentials },
            }),
        );
        renderManifests(made).manifests.forEach(judge);
      }
    }
  });

  it("a schedule of snapshots is accepted, as far as the operator can make any", async () => {
    const made = await build(
      () =>
        void new PostgresCluster("db", {
          namespace: "default",
          image: "postgresql:18.4",
          storage: "1Gi",
          walStorage: "1Gi",
          resources: { cpu: "1", memory: "1Gi" },
          backup: { destination: "s3://backups", identity: {}, snapshots: { className: "csi" } },
        }),
    );
    const schedules = renderManifests(made).manifests.filter(({ kind }) => kind === "ScheduledBackup");
    assert.equal(schedules.length, 2);
    for (const schedule of schedules) {
      try {
        judge(schedule);
      } catch (error) {
        // The operator's own admission comes after the schema's, and only where the operator runs.
        assert.match((error as { stderr: string }).stderr, /due to missing VolumeSnapshot CRD/);
      }
    }
  });

  it("an Ingress of ours is accepted too", async () => {
    const run = await runStack({
      directory: process.cwd(),
      stack: "test",
      builtDigest: DIGEST,
      configuration: {
        values: {
          "stagewright:image": JSON.stringify({ repository: "registry.example.com/blog" }),
          "stagewright:application": JSON.stringify({ host: "blog.example.com" }),
          "stagewright:ingress": JSON.stringify({ class: "traefik", tls: "blog-tls" }),
          "stagewright:kubernetes": JSON.stringify({ namespace: "blog-test" }),
        },
        secretKeys: [],
        open: [],
      },
    });
    const ingresses = renderManifests(run.registrations).manifests.filter(({ kind }) => kind === "Ingress");
    assert.equal(ingresses.length, 1);
    ingresses.forEach(judge);
  });
});
