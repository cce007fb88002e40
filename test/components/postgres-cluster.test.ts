import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { PostgresCluster, type PostgresClusterArgs } from "../../components";
import { at, build, childrenOf, dependenciesOf, list, one, outputsOf } from "../support/program";

const IMAGE = "ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie";
const ARGS: PostgresClusterArgs = {
  namespace: "blog",
  image: IMAGE,
  storage: "10Gi",
  walStorage: "5Gi",
  resources: { cpu: "1", memory: "2Gi" },
};

const database = (args: Partial<PostgresClusterArgs> = {}) =>
  build(() => void new PostgresCluster("db", { ...ARGS, ...args }));
const cluster = async (args: Partial<PostgresClusterArgs> = {}) => one(await database(args), "Cluster");
const clusterSpec = async (args: Partial<PostgresClusterArgs> = {}) => (await cluster(args)).inputs["spec"];
const settled = async (args: Partial<PostgresClusterArgs> = {}) => one(await database(args), "Job").inputs;
const settledName = async (args: Partial<PostgresClusterArgs> = {}) =>
  at(await settled(args), "metadata", "name");
const pod = async (args: Partial<PostgresClusterArgs> = {}) =>
  at(await settled(args), "spec", "template", "spec");
const variable = (job: unknown, name: string): unknown => {
  const variables = at(job, "spec", "template", "spec", "containers", 0, "env") as { name: string }[];
  return at(
    variables.find((found) => found.name === name),
    "value",
  );
};

describe("PostgresCluster", () => {
  it("makes a Cluster, two policies, and a Job that proves the instances through their Service", async () => {
    const registrations = await database();
    const component = one(registrations, "PostgresCluster");
    assert.equal(component.type, "stagewright:index:PostgresCluster");
    assert.deepEqual(component.inputs, {}, "its arguments would lie in state");
    assert.deepEqual(childrenOf(registrations, component), [
      "kubernetes:batch/v1:Job db-settled",
      "kubernetes:core/v1:Service db-instances",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy db",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy db-settled",
      "kubernetes:postgresql.cnpg.io/v1:Cluster db",
    ]);
    assert.equal(registrations.length, 6);
  });

  it("gives out names and hosts, and no credential", async () => {
    const outputs = await outputsOf(() => {
      const made = new PostgresCluster("db", ARGS);
      const { clusterName, host, readOnlyHost, secretName, certificateAuthoritySecretName } = made;
      return { clusterName, host, readOnlyHost, secretName, certificateAuthoritySecretName };
    });
    assert.deepEqual(outputs, {
      clusterName: "db",
      host: "db-rw.blog.svc",
      readOnlyHost: "db-ro.blog.svc",
      secretName: "db-app",
      certificateAuthoritySecretName: "db-ca",
    });
  });

  it("declares the Cluster completely", async () => {
    assert.deepEqual(await clusterSpec(), {
      instances: 1,
      imageName: IMAGE,
      enableSuperuserAccess: false,
      enablePDB: false,
      primaryUpdateStrategy: "unsupervised",
      primaryUpdateMethod: "restart",
      failoverDelay: 0,
      startDelay: 3600,
      stopDelay: 120,
      switchoverDelay: 60,
      smartShutdownTimeout: 15,
      primaryLease: {
        leaseDurationSeconds: 15,
        renewDeadlineSeconds: 10,
        retryPeriodSeconds: 1,
        releasedLeaseDurationSeconds: 1,
      },
      probes: {
        startup: { periodSeconds: 1, timeoutSeconds: 5 },
        readiness: { periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
        liveness: {
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 3,
          isolationCheck: { enabled: true, requestTimeout: 2000, connectionTimeout: 2000 },
        },
      },
      bootstrap: { initdb: { database: "app", owner: "app", dataChecksums: true, encoding: "UTF8" } },
      storage: { size: "10Gi", resizeInUseVolumes: true },
      walStorage: { size: "5Gi", resizeInUseVolumes: true },
      resources: {
        requests: { cpu: "1", memory: "2Gi", "ephemeral-storage": "64Mi" },
        limits: { cpu: "1", memory: "2Gi", "ephemeral-storage": "512Mi" },
      },
      affinity: {
        enablePodAntiAffinity: true,
        podAntiAffinityType: "required",
        topologyKey: "kubernetes.io/hostname",
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { "cnpg.io/podRole": "instance" } },
        },
      ],
      postgresql: { parameters: { "stagewright.fingerprint": "44136fa355b3" } },
    });
  });

  it("takes names, class, spread and pull secrets from its arguments", async () => {
    const spec = await clusterSpec({
      database: "shop",
      storageClass: "fast",
      spread: "preferred",
      imagePullSecrets: ["registry"],
    });
    assert.equal(at(spec, "bootstrap", "initdb", "database"), "shop");
    assert.equal(at(spec, "bootstrap", "initdb", "owner"), "shop");
    assert.equal(at(spec, "storage", "storageClass"), "fast");
    assert.equal(at(spec, "walStorage", "storageClass"), "fast");
    assert.equal(at(spec, "affinity", "podAntiAffinityType"), "preferred");
    assert.deepEqual(at(spec, "imagePullSecrets"), [{ name: "registry" }]);
  });

  it("labels every object, and lets no label of the caller hide it from a selector", async () => {
    const labels = { team: "a", "app.kubernetes.io/name": "theirs", "app.kubernetes.io/component": "theirs" };
    for (const { type, name, inputs } of await database({ labels })) {
      if (type === "stagewright:index:PostgresCluster") continue;
      assert.deepEqual(
        at(inputs, "metadata", "labels"),
        {
          team: "a",
          "app.kubernetes.io/managed-by": "stagewright",
          "app.kubernetes.io/name": "db",
          "app.kubernetes.io/component": type.endsWith("Job") ? "settled" : "database",
        },
        `${type} ${name}`,
      );
      assert.equal(at(inputs, "metadata", "namespace"), "blog", `${type} ${name}`);
    }
  });

  for (const instances of [0, -1, 1.5, Number.NaN]) {
    it(`refuses ${instances} instances`, async () => {
      await assert.rejects(database({ instances }), (error: Error) => {
        assert.ok(pulumi.ResourceError.isInstance(error), String(error));
        assert.equal(error.message, `instances is ${instances}; it must be a whole number of at least 1`);
        return true;
      });
    });
  }
});

describe("PostgresCluster by number of instances", () => {
  const synchronous = { method: "any", number: 1, dataDurability: "required", failoverQuorum: true };

  it("replicates synchronously from three on, and with a quorum that decides who is promoted", async () => {
    for (const instances of [1, 2]) {
      assert.equal(at(await clusterSpec({ instances }), "postgresql", "synchronous"), undefined);
    }
    for (const instances of [3, 4, 9]) {
      assert.deepEqual(at(await clusterSpec({ instances }), "postgresql", "synchronous"), synchronous);
    }
  });

  it("guards against disruption, and switches over for updates, from two on", async () => {
    const table = [
      [1, false, "restart"],
      [2, true, "switchover"],
      [3, true, "switchover"],
    ] as const;
    for (const [instances, enablePDB, primaryUpdateMethod] of table) {
      const spec = await clusterSpec({ instances });
      assert.equal(at(spec, "enablePDB"), enablePDB);
      assert.equal(at(spec, "primaryUpdateMethod"), primaryUpdateMethod);
    }
  });

  it("never lets anybody in as superuser, whatever the number", async () => {
    const numbers = fc.integer({ min: 1, max: 30 });
    await fc.assert(
      fc.asyncProperty(numbers, async (instances) => {
        const spec = await clusterSpec({ instances });
        assert.equal(at(spec, "enableSuperuserAccess"), false);
        assert.equal(at(spec, "instances"), instances);
      }),
      { numRuns: 5 },
    );
  });
});

describe("PostgresCluster's deletion policy", () => {
  it("retain, the default: destroy is refused the Cluster, and nothing deletes it", async () => {
    for (const args of [{}, { deletion: "retain" } as const]) {
      const { protect, retainOnDelete } = await cluster(args);
      assert.deepEqual({ protect, retainOnDelete }, { protect: true, retainOnDelete: true });
    }
  });

  it("delete: the Cluster goes with its volumes", async () => {
    const { protect, retainOnDelete } = await cluster({ deletion: "delete" });
    assert.deepEqual({ protect, retainOnDelete }, { protect: false, retainOnDelete: false });
  });

  it("holds back only what keeps data", async () => {
    const kept = (await database()).filter(({ protect, retainOnDelete }) => protect || retainOnDelete);
    assert.deepEqual(list(kept), ["kubernetes:postgresql.cnpg.io/v1:Cluster db"]);
  });
});

describe("PostgresCluster's waiting", () => {
  it("waits until the Cluster shows the declared image and is ready", async () => {
    const { inputs } = await cluster({ annotations: { note: "hers", "pulumi.com/waitFor": "nothing" } });
    assert.deepEqual(at(inputs, "metadata", "annotations"), {
      note: "hers",
      "pulumi.com/waitFor": `["jsonpath={.status.image}=${IMAGE}","condition=Ready"]`,
    });
  });

  it("waits for the instances only after the Cluster and their Service", async () => {
    const registrations = await database();
    assert.deepEqual(dependenciesOf(registrations, one(registrations, "Job")), [
      "kubernetes:core/v1:Service db-instances",
      "kubernetes:postgresql.cnpg.io/v1:Cluster db",
    ]);
  });

  it("lists every instance in the Service, ready or not, and does not wait for it", async () => {
    const { inputs } = one(await database(), "Service");
    assert.deepEqual(at(inputs, "metadata", "annotations"), { "pulumi.com/skipAwait": "true" });
    assert.deepEqual(inputs["spec"], {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { "cnpg.io/cluster": "db", "cnpg.io/podRole": "instance" },
      ports: [{ name: "postgres", port: 5432 }],
    });
  });

  it("keeps the Job's name while nothing changes", async () => {
    assert.equal(await settledName(), await settledName());
    assert.match(String(await settledName()), /^db-settled-[0-9a-f]{12}$/);
  });

  const changes: readonly (readonly [title: string, change: Partial<PostgresClusterArgs>])[] = [
    ["a parameter", { parameters: { work_mem: "8MB" } }],
    ["the image", { image: "ghcr.io/cloudnative-pg/postgresql:17.7-standard-trixie" }],
    ["the number of instances", { instances: 2 }],
    ["the storage", { storage: "20Gi" }],
    ["the storage of the log", { walStorage: "6Gi" }],
    ["what an instance may use", { resources: { cpu: "2", memory: "2Gi" } }],
  ];
  for (const [title, change] of changes) {
    it(`runs the Job anew when ${title} changes`, async () => {
      assert.notEqual(await settledName(change), await settledName());
    });
  }

  it("names the Job by the parameters' values, not by the order they are written in", async () => {
    const one = await settledName({ parameters: { work_mem: "8MB", jit: "off" } });
    const other = await settledName({ parameters: { jit: "off", work_mem: "8MB" } });
    assert.equal(one, other);
  });

  it("expects of the instances the same fingerprint that the Cluster carries, next to the parameters", async () => {
    const registrations = await database({ parameters: { work_mem: "8MB" } });
    const parameters = at(
      one(registrations, "Cluster").inputs,
      "spec",
      "postgresql",
      "parameters",
    ) as Readonly<Record<string, string>>;
    assert.deepEqual(Object.keys(parameters).toSorted(), ["stagewright.fingerprint", "work_mem"]);
    assert.equal(parameters["work_mem"], "8MB");
    const fingerprint = parameters["stagewright.fingerprint"];
    assert.match(fingerprint ?? "", /^[0-9a-f]{12}$/);
    assert.equal(variable(one(registrations, "Job").inputs, "FINGERPRINT"), fingerprint);
  });

  it("tells the Job what to expect, and gives up before Kubernetes ends it", async () => {
    const job = await settled({
      instances: 3,
      timeoutSeconds: 100,
      parameters: { work_mem: "8MB", "pgaudit.log": "ddl" },
    });
    const expected: Readonly<Record<string, string>> = {
      SERVICE: "db-instances",
      TLS_HOST: "db-rw",
      INSTANCES: "3",
      VERSION: "17.6",
      TIMEOUT_SECONDS: "100",
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(variable(job, name), value, name);
    assert.deepEqual(JSON.parse(String(variable(job, "PARAMETERS"))), {
      wal_retrieve_retry_interval: "1s",
      work_mem: "8MB",
      "pgaudit.log": "ddl",
    });
    assert.deepEqual(String(variable(job, "NAMES")).split(" ").toSorted(), [
      "pgaudit.log",
      "wal_retrieve_retry_interval",
      "work_mem",
    ]);
    assert.equal(at(job, "spec", "backoffLimit"), 0, "a second try would hide the first one's reason");
    assert.equal(at(job, "spec", "activeDeadlineSeconds"), 160);
  });
});

describe("PostgresCluster's settled Job", () => {
  it("runs as the operand image's user under Pod Security restricted", async () => {
    const spec = await pod();
    assert.deepEqual(at(spec, "securityContext"), {
      runAsNonRoot: true,
      runAsUser: 26,
      runAsGroup: 26,
      fsGroup: 26,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(at(spec, "containers", 0, "securityContext"), {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 26,
      runAsGroup: 26,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.equal(at(spec, "automountServiceAccountToken"), false);
    assert.equal(at(spec, "enableServiceLinks"), false);
    assert.equal(at(spec, "restartPolicy"), "Never");
  });

  it("reads the application's credentials and only the authority's certificate, as files", async () => {
    const spec = await pod();
    assert.deepEqual(at(spec, "volumes"), [
      { name: "database", secret: { secretName: "db-app", defaultMode: 0o440 } },
      {
        name: "database-ca",
        secret: {
          secretName: "db-ca",
          defaultMode: 0o440,
          items: [{ key: "ca.crt", path: "ca.crt" }],
        },
      },
    ]);
    assert.deepEqual(at(spec, "containers", 0, "volumeMounts"), [
      { name: "database", mountPath: "/run/secrets/database", readOnly: true },
      { name: "database-ca", mountPath: "/run/secrets/database-ca", readOnly: true },
    ]);
  });

  it("verifies the instances' certificates in full", async () => {
    const script = String(at(await pod(), "containers", 0, "command", 2));
    assert.match(script, /sslmode=verify-full sslrootcert=\/run\/secrets\/database-ca\/ca\.crt/);
  });

  it("runs the image of the instances and may pull it as they may", async () => {
    const spec = await pod({ imagePullSecrets: ["registry"] });
    assert.equal(at(spec, "containers", 0, "image"), IMAGE);
    assert.deepEqual(at(spec, "imagePullSecrets"), [{ name: "registry" }]);
  });
});
