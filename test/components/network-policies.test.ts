import assert from "node:assert/strict";
import { type BackupSettings, PostgresCluster, WebApplication } from "../../components";
import { type Manifest, renderManifests } from "../../embedded/manifests";
import { runStack } from "../../embedded/run";
import { at, build } from "../support/program";
import { type Connection, KUBELET, type Labels, PolicyEvaluator } from "../support/policy-evaluator";

const APPLICATION_NAMESPACE = "blog-prod";
const INTERNET = { address: "203.0.113.7" };
const API_SERVER = { address: "192.0.2.10" };

const pod = (namespace: string, labels: Labels, address = "10.0.0.1") => ({ namespace, labels, address });
const here = (labels: Labels) => pod(APPLICATION_NAMESPACE, labels);
const application = here({ "app.kubernetes.io/name": "blog", "app.kubernetes.io/component": "web" });
const otherApplicationPod = pod(APPLICATION_NAMESPACE, application.labels, "10.0.0.2");
const instance = here({ "cnpg.io/cluster": "blog-db", "cnpg.io/podRole": "instance" });
const otherInstance = pod(APPLICATION_NAMESPACE, instance.labels, "10.0.0.3");
const settledJob = here({
  "app.kubernetes.io/name": "blog-db",
  "app.kubernetes.io/component": "settled",
  "app.kubernetes.io/managed-by": "stagewright",
});
const stranger = here({ app: "stranger" });
const impostor = pod("other", instance.labels);
const foreignApplication = pod("other", application.labels);
const operator = pod("cnpg-system", { "app.kubernetes.io/name": "cloudnative-pg" });
const operatorsNeighbour = pod("cnpg-system", { app: "debug" });
const operatorElsewhere = pod("other", operator.labels);
const routeController = pod("gateway", { app: "gateway" });
const clusterDns = pod("kube-system", { "k8s-app": "kube-dns" });
const nodeDns = { address: "169.254.20.10" };
const plugin = pod("cnpg-system", { app: "barman-cloud" });
const STORE = { address: "198.51.100.20" };
const NODE_METADATA = { address: "169.254.169.254" };
const vault = pod("vault", { "app.kubernetes.io/name": "vault" });

describe("NetworkPolicies of the committed prod stack", () => {
  let manifests: readonly Manifest[];
  let policies: PolicyEvaluator;
  before(async () => {
    const { registrations } = await runStack({ directory: process.cwd(), stack: "prod" });
    manifests = renderManifests(registrations).manifests;
    policies = new PolicyEvaluator(manifests);
  });

  type Row = readonly [
    title: string,
    from: Connection["from"],
    to: Connection["to"],
    port: number,
    allowed: boolean,
    protocol?: "UDP",
  ];
  const table: readonly Row[] = [
    ["the application asks the cluster's DNS", application, clusterDns, 53, true, "UDP"],
    ["the application asks the cluster's DNS again, for a long answer", application, clusterDns, 53, true],
    ["the application asks a resolver on its node", application, nodeDns, 53, true, "UDP"],
    ["the instances ask the cluster's DNS", instance, clusterDns, 53, true, "UDP"],
    ["the settled Job asks the cluster's DNS", settledJob, clusterDns, 53, true, "UDP"],
    ["the application reaches the DNS pods by another port", application, clusterDns, 9153, false],
    ["the application asks a name server on the internet", application, INTERNET, 53, false, "UDP"],

    ["the instances reach the API server", instance, API_SERVER, 443, true],
    ["the instances reach the API server by its own port", instance, API_SERVER, 6443, true],
    ["the application reaches the API server", application, API_SERVER, 443, false],
    ["the application reaches the API server by its own port", application, API_SERVER, 6443, false],
    ["the settled Job reaches the API server", settledJob, API_SERVER, 443, false],

    ["the operator asks an instance for its status", operator, instance, 8000, true],
    ["the operator connects to PostgreSQL", operator, instance, 5432, true],
    ["the operator reads the instances' metrics", operator, instance, 9187, false],
    ["another pod beside the operator asks an instance", operatorsNeighbour, instance, 8000, false],
    ["another pod beside the operator connects to PostgreSQL", operatorsNeighbour, instance, 5432, false],
    [
      "a pod with the operator's label, elsewhere, asks an instance",
      operatorElsewhere,
      instance,
      8000,
      false,
    ],

    ["the instances replicate", instance, otherInstance, 5432, true],
    ["the instances ask each other for their status", instance, otherInstance, 8000, true],
    ["the instances reach each other by another port", instance, otherInstance, 22, false],
    ["a pod with the instances' labels, elsewhere, replicates", impostor, instance, 5432, false],
    ["an instance replicates to one elsewhere", instance, impostor, 5432, false],

    ["the application connects to PostgreSQL", application, instance, 5432, true],
    ["the application asks an instance for its status", application, instance, 8000, false],
    ["the settled Job connects to PostgreSQL", settledJob, instance, 5432, true],
    ["the settled Job asks an instance for its status", settledJob, instance, 8000, false],
    ["a stranger in the namespace connects to PostgreSQL", stranger, instance, 5432, false],
    ["a pod with the application's labels, elsewhere, connects", foreignApplication, instance, 5432, false],
    ["the internet connects to PostgreSQL", INTERNET, instance, 5432, false],

    ["a route controller passes a request on", routeController, application, 8080, true],
    ["a route controller anywhere passes a request on", pod("traefik", {}), application, 8080, true],
    ["a route controller reaches another port", routeController, application, 9090, false],
    ["a route controller connects to PostgreSQL", routeController, instance, 5432, false],
    ["the internet reaches the application past the route", INTERNET, application, 8080, false],

    ["the application reaches the internet", application, INTERNET, 443, false],
    ["the application reaches Vault", application, vault, 8200, false],
    ["the application connects to PostgreSQL elsewhere", application, impostor, 5432, false],
    ["the application reaches a stranger in the namespace", application, stranger, 8080, false],
    ["an application's pod reaches another one", application, otherApplicationPod, 8080, false],
    ["the instances reach the application", instance, application, 8080, false],
    [
      "the instances reach all by https, as no selector can name the API server",
      instance,
      INTERNET,
      443,
      true,
    ],
    ["the instances reach the internet by http", instance, INTERNET, 80, false],

    ["the instances archive to a store, which no selector can name", instance, STORE, 443, true],
    ["the instances ask their node for the workload's identity", instance, NODE_METADATA, 80, true],
    ["the application asks its node for an identity", application, NODE_METADATA, 80, false],
    ["the application reaches the store", application, STORE, 443, false],
    ["the plugin's own pod reaches an instance", plugin, instance, 8000, false],
    ["the plugin's own pod connects to PostgreSQL", plugin, instance, 5432, false],
    ["the instances reach the plugin's own pod", instance, plugin, 9090, false],
    ["the settled Job reaches the application", settledJob, application, 8080, false],
    ["the settled Job reaches the internet", settledJob, INTERNET, 443, false],
    ["anybody reaches the settled Job", stranger, settledJob, 5432, false],

    ["the kubelet probes the application", KUBELET, application, 8080, true],
    ["the kubelet probes an instance", KUBELET, instance, 8000, true],
  ];
  for (const [title, from, to, port, allowed, protocol] of table) {
    it(`${allowed ? "allow" : "forbid"} that ${title}: ${protocol ?? "TCP"} ${port}`, () => {
      assert.equal(policies.allows({ from, to, port, ...(protocol ? { protocol } : {}) }), allowed);
    });
  }

  it("hold at each end by itself, so that one lost policy opens nothing", () => {
    const leaves = (from: typeof application, port: number, to = instance) =>
      policies.leaves({ from, to, port });
    const enters = (from: typeof application, port: number) => policies.enters({ from, to: instance, port });
    for (const client of [application, settledJob]) {
      assert.deepEqual(
        [leaves(client, 5432), leaves(client, 8000), leaves(client, 443)],
        [true, false, false],
      );
      assert.deepEqual(
        [enters(client, 5432), enters(client, 8000), enters(client, 443)],
        [true, false, false],
      );
      assert.equal(leaves(client, 5432, stranger), false);
    }
    assert.equal(leaves(instance, 5432, stranger), false);
    assert.equal(enters(stranger, 5432), false);
  });

  it("isolate every kind of pod of the stack in both directions", () => {
    for (const labels of [application.labels, instance.labels, settledJob.labels]) {
      assert.ok(policies.isolates(here(labels), "ingress"));
      assert.ok(policies.isolates(here(labels), "egress"));
    }
  });

  it("are shown with the labels that the rendered pods carry", () => {
    const templateOf = (kind: string) => {
      const owner = manifests.find((manifest) => manifest.kind === kind);
      return at(owner?.["spec"], "template", "metadata", "labels");
    };
    const managed = { "app.kubernetes.io/managed-by": "stagewright" };
    assert.deepEqual(templateOf("Deployment"), { ...application.labels, ...managed });
    assert.deepEqual(templateOf("Job"), settledJob.labels);
    const cluster = manifests.find(({ kind }) => kind === "Cluster");
    assert.equal(cluster?.metadata.name, instance.labels["cnpg.io/cluster"]);
    assert.ok(
      manifests.every(
        ({ kind, metadata }) => kind === "Namespace" || metadata.namespace === APPLICATION_NAMESPACE,
      ),
    );
  });
});

describe("NetworkPolicy of a WebApplication with trafficNamespaces", () => {
  it("lets in the pods of those namespaces alone", async () => {
    const registrations = await build(
      () =>
        void new WebApplication("blog", {
          namespace: APPLICATION_NAMESPACE,
          image: "blog",
          port: 3000,
          resources: { cpu: "1", memory: "1Gi" },
          trafficNamespaces: ["gateway", "ingress"],
        }),
    );
    const policies = new PolicyEvaluator(renderManifests(registrations).manifests);
    const allowed = ["gateway", "ingress", "other", APPLICATION_NAMESPACE].filter((namespace) =>
      policies.allows({ from: pod(namespace, {}), to: application, port: 3000 }),
    );
    assert.deepEqual(allowed, ["gateway", "ingress"]);
    assert.equal(policies.allows({ from: routeController, to: application, port: 8080 }), false);
  });
});

describe("NetworkPolicy of a PostgresCluster with a store of its own port", () => {
  const ports = [80, 443, 988, 7070, 9000];
  const reached = async (backup: BackupSettings, to = STORE) => {
    const registrations = await build(
      () =>
        void new PostgresCluster("blog-db", {
          namespace: APPLICATION_NAMESPACE,
          image: "postgresql:17.6",
          storage: "1Gi",
          walStorage: "1Gi",
          resources: { cpu: "1", memory: "1Gi" },
          backup,
        }),
    );
    const policies = new PolicyEvaluator(renderManifests(registrations).manifests);
    return ports.filter((port) => policies.allows({ from: instance, to, port }));
  };
  const keys = { destination: "s3://backups", secretName: "store" };
  const role = { destination: "s3://backups", identity: {} };

  it("opens that port, and the identities of the node only for a workload's identity", async () => {
    assert.deepEqual(await reached(keys), [443]);
    assert.deepEqual(await reached({ ...keys, endpoint: "http://store" }), [80, 443]);
    assert.deepEqual(await reached({ ...keys, endpoint: "http://10.0.0.9:7070" }), [443, 7070]);
    assert.deepEqual(await reached({ ...keys, endpoint: "https://store:9000" }), [443, 9000]);
    assert.deepEqual(await reached(role, NODE_METADATA), [80, 443, 988]);
    assert.deepEqual(await reached(keys, NODE_METADATA), [443]);
  });
});

const policy = (spec: object, namespace = "a"): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "policy", namespace },
  spec,
});

describe("PolicyEvaluator", () => {
  const [x, y] = [pod("a", { app: "x" }), pod("a", { app: "y" })];
  const toX = { podSelector: { matchLabels: { app: "x" } }, policyTypes: ["Ingress"] };

  it("leaves pods open that no policy selects", () => {
    const none = new PolicyEvaluator([]);
    assert.ok(none.allows({ from: x, to: y, port: 1 }));
    assert.ok(none.allows({ from: INTERNET, to: y, port: 1 }));
    const elsewhere = new PolicyEvaluator([policy(toX, "b"), policy(toX)]);
    assert.ok(elsewhere.allows({ from: x, to: y, port: 1 }));
  });

  it("denies what is selected and not allowed, in the policy's direction alone", () => {
    const policies = new PolicyEvaluator([policy(toX)]);
    assert.equal(policies.allows({ from: y, to: x, port: 1 }), false);
    assert.equal(policies.allows({ from: x, to: y, port: 1 }), true);
    assert.equal(policies.isolates(x, "egress"), false);
  });

  it("adds the rules of several policies up", () => {
    const one = policy({ ...toX, ingress: [{ ports: [{ port: 1 }] }] });
    const other = policy({ ...toX, ingress: [{ ports: [{ port: 2 }] }] });
    const policies = new PolicyEvaluator([one, other]);
    const ports = [1, 2, 3].filter((port) => policies.allows({ from: y, to: x, port }));
    assert.deepEqual(ports, [1, 2]);
  });

  it("asks both ends", () => {
    const open = policy({ ...toX, ingress: [{}] });
    const shut = policy({ podSelector: { matchLabels: { app: "y" } }, policyTypes: ["Egress"] });
    assert.ok(new PolicyEvaluator([open]).allows({ from: y, to: x, port: 1 }));
    assert.equal(new PolicyEvaluator([open, shut]).allows({ from: y, to: x, port: 1 }), false);
  });

  it("takes a pod selector alone for the policy's own namespace", () => {
    const policies = new PolicyEvaluator([policy({ ...toX, ingress: [{ from: [{ podSelector: {} }] }] })]);
    assert.ok(policies.allows({ from: y, to: x, port: 1 }));
    assert.equal(policies.allows({ from: pod("b", { app: "y" }), to: x, port: 1 }), false);
    assert.equal(policies.allows({ from: INTERNET, to: x, port: 1 }), false);
  });

  it("demands namespace and pod at once where one peer names both", () => {
    const peer = {
      namespaceSelector: { matchLabels: { team: "t" } },
      podSelector: { matchLabels: { app: "y" } },
    };
    const policies = new PolicyEvaluator([policy({ ...toX, ingress: [{ from: [peer] }] })], {
      b: { team: "t" },
    });
    assert.ok(policies.allows({ from: pod("b", { app: "y" }), to: x, port: 1 }));
    assert.equal(policies.allows({ from: pod("b", { app: "z" }), to: x, port: 1 }), false);
    assert.equal(policies.allows({ from: pod("c", { app: "y" }), to: x, port: 1 }), false);
  });

  it("reads blocks of addresses with their exceptions", () => {
    const to = [{ ipBlock: { cidr: "198.51.100.0/24", except: ["198.51.100.128/25"] } }];
    const policies = new PolicyEvaluator([
      policy({ podSelector: {}, policyTypes: ["Egress"], egress: [{ to }] }),
    ]);
    const reached = ["198.51.100.1", "198.51.100.127", "198.51.100.128", "198.51.101.1"].filter((address) =>
      policies.allows({ from: x, to: { address }, port: 443 }),
    );
    assert.deepEqual(reached, ["198.51.100.1", "198.51.100.127"]);
  });

  it("tells protocols and ranges of ports apart", () => {
    const ports = [
      { port: 53, protocol: "UDP" },
      { port: 100, endPort: 102 },
    ];
    const policies = new PolicyEvaluator([policy({ ...toX, ingress: [{ ports }] })]);
    assert.ok(policies.allows({ from: y, to: x, port: 53, protocol: "UDP" }));
    assert.equal(policies.allows({ from: y, to: x, port: 53 }), false);
    const open = [99, 100, 102, 103].filter((port) => policies.allows({ from: y, to: x, port }));
    assert.deepEqual(open, [100, 102]);
  });

  it("always lets the kubelet probe", () => {
    assert.ok(new PolicyEvaluator([policy(toX)]).allows({ from: KUBELET, to: x, port: 1 }));
  });

  it("refuses selectors that it does not understand instead of guessing", () => {
    const selector = { matchExpressions: [{ key: "app", operator: "Exists" }] };
    const policies = new PolicyEvaluator([policy({ podSelector: selector, policyTypes: ["Ingress"] })]);
    assert.throws(() => policies.allows({ from: y, to: x, port: 1 }), /knows matchLabels only/);
  });
});
