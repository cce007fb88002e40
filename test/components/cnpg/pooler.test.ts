import assert from "node:assert/strict";
import { PostgresCluster, type PoolerSettings } from "../../../components";
import { renderManifests } from "../../../embedded/manifests";
import { at, build, dependenciesOf, every, list, one, outputsOf } from "../../support/program";
import { PolicyEvaluator } from "../../support/policy-evaluator";
import { ARGS, database, inTurn, refuses } from "./clusters";

const pooled = (pooler: PoolerSettings = {}) => database({ pooler, clients: [{ app: "web" }] });
const pooler = async (settings: PoolerSettings = {}, name = "db-pooler") =>
  one(await pooled(settings), "Pooler", name).inputs;
const hostOf = (args: object) =>
  outputsOf(() => ({ host: new PostgresCluster("db", { ...ARGS, ...args }).poolerHost }));
const pod = (labels: Record<string, string>) => ({ namespace: "blog", labels, address: "10.0.0.1" });

describe("PostgresCluster's pooler", () => {
  it("is not there unless it is asked for", async () => {
    const registrations = await database();
    assert.deepEqual(every(registrations, "Pooler"), []);
    assert.equal(at(one(registrations, "Cluster").inputs, "spec", "certificates"), undefined);
  });

  it("is declared completely, and takes nobody without TLS", async () => {
    const { metadata, spec } = await pooler();
    assert.deepEqual(at(metadata, "annotations"), {
      "pulumi.com/waitFor": "jsonpath={.status.phase}=active",
    });
    assert.deepEqual(spec, {
      cluster: { name: "db" },
      type: "rw",
      instances: 2,
      pgbouncer: {
        poolMode: "session",
        parameters: {
          default_pool_size: "20",
          max_client_conn: "1000",
          client_tls_sslmode: "require",
          server_tls_sslmode: "verify-full",
        },
      },
      template: {
        metadata: {
          labels: { "app.kubernetes.io/name": "db", "app.kubernetes.io/component": "pooler" },
        },
        spec: {
          containers: [
            {
              name: "pgbouncer",
              resources: {
                requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
                limits: { cpu: "1", memory: "128Mi", "ephemeral-storage": "512Mi" },
              },
            },
          ],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: { "cnpg.io/poolerName": "db-pooler" } },
            },
          ],
        },
      },
    });
  });

  it("takes mode, sizes and image from its arguments", async () => {
    const { spec } = await pooler({
      instances: 3,
      poolMode: "transaction",
      poolSize: 7,
      maxClients: 50,
      image: "pgbouncer:1.25",
    });
    assert.equal(at(spec, "instances"), 3);
    assert.equal(at(spec, "pgbouncer", "poolMode"), "transaction");
    assert.equal(at(spec, "pgbouncer", "image"), "pgbouncer:1.25");
    assert.equal(at(spec, "pgbouncer", "parameters", "default_pool_size"), "7");
    assert.equal(at(spec, "pgbouncer", "parameters", "max_client_conn"), "50");
  });

  it("has a budget of its own from two pods on", async () => {
    const budgets = await inTurn([1, 2], async (instances) =>
      every(await pooled({ instances }), "PodDisruptionBudget"),
    );
    assert.deepEqual(budgets[0], []);
    assert.deepEqual(
      budgets[1]?.map(({ inputs }) => inputs["spec"]),
      [{ maxUnavailable: 1, selector: { matchLabels: { "cnpg.io/poolerName": "db-pooler" } } }],
    );
  });

  it("leads to the standbys as well where it is told to", async () => {
    const registrations = await pooled({ readOnly: true });
    assert.deepEqual(
      every(registrations, "Pooler").map(({ inputs }) => [
        at(inputs, "metadata", "name"),
        at(inputs, "spec", "type"),
      ]),
      [
        ["db-pooler", "rw"],
        ["db-pooler-ro", "ro"],
      ],
    );
    assert.equal(every(registrations, "PodDisruptionBudget").length, 2);
  });

  it("has names that the instances' certificate is valid for, as clients verify it", async () => {
    const names = at(one(await pooled(), "Cluster").inputs, "spec", "certificates", "serverAltDNSNames");
    for (const host of ["db-pooler", "db-pooler.blog", "db-pooler.blog.svc", "db-pooler-ro.blog.svc"]) {
      assert.ok((names as string[]).includes(host), host);
    }
  });

  it("comes after the instances are settled", async () => {
    const registrations = await pooled();
    const dependencies = dependenciesOf(registrations, one(registrations, "Pooler"));
    assert.ok(dependencies.includes("kubernetes:batch/v1:Job db-settled"), dependencies.join());
  });

  it("gives its host out, and without one the primary's", async () => {
    assert.deepEqual(await hostOf({ pooler: {} }), { host: "db-pooler.blog.svc" });
    assert.deepEqual(await hostOf({}), { host: "db-rw.blog.svc" });
  });

  it("stands between clients and instances in the network, too", async () => {
    const policies = new PolicyEvaluator(renderManifests(await pooled()).manifests);
    const client = pod({ app: "web" });
    const bouncer = pod({ "app.kubernetes.io/name": "db", "app.kubernetes.io/component": "pooler" });
    const instance = pod({ "cnpg.io/cluster": "db" });
    const stranger = pod({ app: "stranger" });
    const internet = { address: "203.0.113.7" };
    const allows = (from: typeof client, to: typeof client | typeof internet, port: number) =>
      policies.allows({ from, to, port });
    assert.deepEqual(
      [
        allows(client, bouncer, 5432),
        allows(bouncer, instance, 5432),
        allows(bouncer, { address: "192.0.2.10" }, 6443),
        allows(stranger, bouncer, 5432),
        allows(client, bouncer, 9127),
        allows(bouncer, instance, 8000),
        allows(bouncer, internet, 80),
        allows(bouncer, stranger, 5432),
      ],
      [true, true, true, false, false, false, false, false],
    );
  });

  it("lets nobody in where no client is named", async () => {
    const policies = new PolicyEvaluator(renderManifests(await database({ pooler: {} })).manifests);
    const bouncer = {
      namespace: "blog",
      labels: { "app.kubernetes.io/name": "db", "app.kubernetes.io/component": "pooler" },
      address: "10.0.0.1",
    };
    const stranger = { ...bouncer, labels: { app: "stranger" }, address: "10.0.0.2" };
    assert.equal(policies.enters({ from: stranger, to: bouncer, port: 5432 }), false);
  });

  const wrong = [
    ["instances", 0],
    ["poolSize", 1.5],
    ["maxClients", -3],
  ] as const;
  for (const [key, value] of wrong) {
    it(`is refused with ${key} ${value}`, () =>
      refuses(
        { pooler: { [key]: value } },
        `pooler.${key} is ${value}; it must be a whole number of at least 1`,
      ));
  }
});

describe("PostgresCluster's children", () => {
  it("all have the component as parent, whatever it is asked for", async () => {
    const registrations = await build(
      () =>
        void new PostgresCluster("db", {
          ...ARGS,
          pooler: { readOnly: true },
          backup: { destination: "s3://b", identity: {}, snapshots: { className: "csi" } },
          roles: [{ name: "reader" }],
          databases: [{ name: "reports" }],
        }),
    );
    const component = one(registrations, "PostgresCluster");
    const strangers = registrations.filter(
      ({ urn, parent }) => urn !== component.urn && parent !== component.urn,
    );
    assert.deepEqual(list(strangers), []);
    assert.deepEqual(list(registrations.filter(({ name }) => name !== "db" && !name.startsWith("db-"))), []);
  });
});
