import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { readConfiguration } from "../embedded/configuration";
import { renderManifests } from "../embedded/manifests";
import { Secret } from "../embedded/monitor";
import { runStack } from "../embedded/run";
import { hatch, Sweep } from "./support/canaries";
import { at, every, list, one, TEST_DIGEST } from "./support/program";
import { directory, manifest, of, registered, runAll, runs, type Stack, STACKS } from "./support/stacks";

describe("The program's resources", () => {
  before(runAll);
  const common = [
    "kubernetes:apps/v1:Deployment blog",
    "kubernetes:batch/v1:Job blog-db-settled",
    "kubernetes:core/v1:Namespace blog",
    "kubernetes:core/v1:Secret blog-application",
    "kubernetes:core/v1:Service blog",
    "kubernetes:core/v1:Service blog-db-instances",
    "kubernetes:core/v1:ServiceAccount blog",
    "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute blog",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy blog",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy blog-db",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy blog-db-settled",
    "kubernetes:postgresql.cnpg.io/v1:Cluster blog-db",
    "pulumi:providers:kubernetes kubernetes",
    "stagewright:index:ContainerImage blog",
    "stagewright:index:PostgresCluster blog-db",
    "stagewright:index:SecretDelivery blog",
    "stagewright:index:WebApplication blog",
  ];
  const promoted = ["kubernetes:policy/v1:PodDisruptionBudget blog", "pulumi:providers:docker blog-registry"];
  const expected: Readonly<Record<Stack, readonly string[]>> = {
    test: ["docker-build:index:Image blog", "pulumi:pulumi:Stack stagewright-test"],
    int: [...promoted, "pulumi:pulumi:Stack stagewright-int"],
    prod: [
      ...promoted,
      "kubernetes:barmancloud.cnpg.io/v1:ObjectStore blog-db",
      "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup blog-db-backup",
      "pulumi:pulumi:Stack stagewright-prod",
    ],
  };
  for (const stack of STACKS) {
    it(`are exactly these in ${stack}`, () => {
      assert.deepEqual(list(registered(stack)), [...common, ...expected[stack]].toSorted());
    });

    it(`ignore no change in ${stack}`, () => {
      assert.deepEqual(list(registered(stack).filter(({ ignoreChanges }) => ignoreChanges.length > 0)), []);
    });

    it(`go to the stack's own provider in ${stack}, never to a default one`, () => {
      const { urn } = one(registered(stack), "pulumi:providers:kubernetes");
      const objects = registered(stack).filter(
        ({ type, custom }) => custom && type.startsWith("kubernetes:"),
      );
      assert.deepEqual(list(objects.filter(({ provider }) => !provider.startsWith(urn))), []);
    });
  }

  it("are in a namespace that says whose it is", () => {
    for (const stack of STACKS) {
      const { inputs } = one(registered(stack), "Namespace");
      assert.deepEqual(at(inputs, "metadata", "annotations"), {
        "stagewright/stack": `${stack} of registry.example.com/stagewright/blog`,
      });
    }
  });

  it("depend on the namespace first, and the application on the proved database", () => {
    for (const stack of STACKS) {
      const registrations = registered(stack);
      const home = one(registrations, "Namespace");
      for (const type of ["PostgresCluster", "WebApplication", "SecretDelivery"]) {
        assert.ok(one(registrations, type).dependencies.includes(home.urn), `${type} in ${stack}`);
      }
      const { dependencies } = one(registrations, "WebApplication");
      assert.ok(dependencies.includes(one(registrations, "Job").urn), stack);
      assert.ok(dependencies.includes(one(registrations, "Cluster").urn), stack);
    }
  });
});

const kept = (stack: Stack) =>
  list(registered(stack).filter(({ protect, retainOnDelete }) => protect && retainOnDelete));
const held = (stack: Stack) =>
  list(registered(stack).filter(({ protect, retainOnDelete }) => protect || retainOnDelete));
const replication = (stack: Stack) => {
  const { spec } = manifest(stack, "Cluster");
  return [at(spec, "instances"), at(spec, "postgresql", "synchronous"), at(spec, "enablePDB")];
};
const shape = (stack: Stack) => [
  at(manifest(stack, "Cluster")["spec"], "affinity", "podAntiAffinityType"),
  at(manifest(stack, "Deployment")["spec"], "replicas"),
];
const context = (stack: Stack) => one(registered(stack), "pulumi:providers:kubernetes").inputs["context"];

describe("The program's stacks differ", () => {
  before(runAll);
  const data = ["kubernetes:core/v1:Namespace blog", "kubernetes:postgresql.cnpg.io/v1:Cluster blog-db"];

  it("in what survives: Namespace and Cluster of int and prod, nothing but the image of test", () => {
    const archived = [
      "kubernetes:barmancloud.cnpg.io/v1:ObjectStore blog-db",
      ...data,
      "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup blog-db-backup",
    ];
    assert.deepEqual([kept("prod"), held("prod")], [archived, archived]);
    assert.deepEqual([kept("int"), held("int")], [data, data]);
    assert.deepEqual([kept("test"), held("test")], [[], ["docker-build:index:Image blog"]]);
  });

  it("in the number of instances, and whether they replicate synchronously", () => {
    const synchronous = { method: "any", number: 1, dataDurability: "required", failoverQuorum: true };
    assert.deepEqual(replication("test"), [1, undefined, false]);
    assert.deepEqual(replication("int"), [3, synchronous, true]);
    assert.deepEqual(replication("prod"), [3, synchronous, true]);
  });

  it("in how instances are spread and pods counted", () => {
    assert.deepEqual(shape("test"), ["preferred", 1]);
    assert.deepEqual(shape("int"), ["preferred", 2]);
    assert.deepEqual(shape("prod"), ["required", 3]);
  });

  it("in the image: built in test, and taken by its digest from int on", () => {
    assert.equal(of(runs, "test").outputs["image"], `registry.example.com/stagewright/blog@${TEST_DIGEST}`);
    for (const stack of ["int", "prod"] as const) {
      assert.equal(every(registered(stack), "Image").length, 0);
      assert.match(
        String(of(runs, stack).outputs["image"]),
        /^registry\.example\.com\/stagewright\/blog@sha256:[0-9a-f]{64}$/,
      );
    }
  });

  it("in the cluster: prod goes to the one that it names", () => {
    assert.deepEqual([context("test"), context("prod")], [undefined, "production"]);
  });

  it("in the archive: that of prod is backed up, and nothing of it is in the way of the others", () => {
    const archived = STACKS.filter((stack) => every(registered(stack), "ObjectStore").length > 0);
    assert.deepEqual(archived, ["prod"]);
    const warned = STACKS.filter((stack) =>
      of(runs, stack).warnings.some((warning) => warning.includes("no backup")),
    );
    assert.deepEqual(warned, []);
  });
});

describe("The program's outputs", () => {
  before(runAll);
  for (const stack of STACKS) {
    it(`are exactly the ten of the contract in ${stack}`, () => {
      assert.deepEqual(Object.keys(of(runs, stack).outputs).toSorted(), [
        "commit",
        "databaseCluster",
        "databaseHost",
        "databaseReadOnlyHost",
        "databaseSecretName",
        "deployment",
        "image",
        "namespace",
        "url",
        "version",
      ]);
    });

    it(`name what runs in ${stack}`, () => {
      const { commit, image: _image, url: _url, version, ...rest } = of(runs, stack).outputs;
      assert.deepEqual(rest, {
        databaseCluster: "blog-db",
        databaseHost: `blog-db-rw.blog-${stack}.svc`,
        databaseReadOnlyHost: `blog-db-ro.blog-${stack}.svc`,
        databaseSecretName: "blog-db-app",
        deployment: "blog",
        namespace: `blog-${stack}`,
      });
      assert.match(String(commit), /^([0-9a-f]{40}|unknown)$/);
      assert.match(String(version), /^\d{8}\.\d{6}-[a-z0-9-]+-\d+\.\d+\.\d+$/);
    });
  }

  it("give the address that the configuration names", () => {
    assert.deepEqual(
      STACKS.map((stack) => of(runs, stack).outputs["url"]),
      ["https://blog.test.example.com", "https://blog.int.example.com", "https://blog.example.com"],
    );
  });
});

describe("Commit, version and digest", () => {
  before(runAll);
  for (const stack of STACKS) {
    it(`are annotations of the Deployment and of no pod in ${stack}`, () => {
      const { metadata, spec } = manifest(stack, "Deployment");
      const { annotations = {} } = metadata;
      assert.deepEqual(Object.keys(annotations).toSorted(), [
        "stagewright/commit",
        "stagewright/digest",
        "stagewright/version",
      ]);
      const { commit, image, version } = of(runs, stack).outputs;
      assert.ok(annotations["stagewright/commit"]?.startsWith(String(commit)));
      assert.equal(annotations["stagewright/version"], version);
      assert.ok(String(image).endsWith(`@${annotations["stagewright/digest"]}`));
      for (const text of [String(commit), String(version)]) {
        assert.ok(!JSON.stringify(spec).includes(text), "each commit would restart every pod");
      }
    });
  }
});

describe("Pulumi.yaml", () => {
  const project = parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as unknown;

  it("names the program: else Pulumi would run the published package, register nothing and delete the stack", () => {
    assert.equal(at(project, "main"), "index.ts");
  });

  it("starts the program with tsx and not with Pulumi's own compiler, which takes seconds", () => {
    assert.equal(at(project, "runtime", "name"), "nodejs");
    assert.deepEqual(at(project, "runtime", "options"), {
      typescript: false,
      nodeargs: "--import tsx --stack-trace-limit=0",
      packagemanager: "npm",
    });
  });

  it("keeps state in a local folder unless told otherwise", () => {
    assert.equal(at(project, "backend", "url"), "file://./state");
  });
});

describe("Secrets of the configuration", () => {
  const canaries = hatch();
  const sweep = new Sweep(canaries);
  const CANARIES = {
    "signing-secret": canaries["stack secret"],
    "author-password": canaries["database password"],
  };
  const leaks = (text: string) => sweep.text(text, "here");

  for (const stack of STACKS) {
    it(`of ${stack} are nowhere but in the one Secret, marked as secret`, async () => {
      const configuration = readConfiguration(directory, "stagewright", stack);
      const values = {
        ...configuration.values,
        "stagewright:secrets": JSON.stringify({ application: CANARIES }),
      };
      const run = await runStack({
        directory,
        stack,
        builtDigest: TEST_DIGEST,
        configuration: { ...configuration, values },
      });
      const { registrations, outputs, warnings } = run;
      const rendering = renderManifests(registrations);

      assert.deepEqual(revealed(registrations), [CANARIES], "the program must use them, or nothing is shown");
      assert.deepEqual(leaks(JSON.stringify(registrations)), []);
      assert.deepEqual(leaks(JSON.stringify(outputs)), []);
      assert.deepEqual(leaks(JSON.stringify(warnings)), []);
      assert.deepEqual(leaks(JSON.stringify(rendering)), []);
      assert.deepEqual(leaks(rendering.manifests.map((object) => stringify(object)).join()), []);
      assert.deepEqual(rendering.secrets, [
        {
          name: "blog-application",
          namespace: `blog-${stack}`,
          keys: Object.keys(CANARIES).toSorted(),
        },
      ]);
    });
  }

  it("stand nowhere in the committed stack files in plain text", () => {
    for (const stack of STACKS) {
      const file = parse(readFileSync(join(directory, `Pulumi.${stack}.yaml`), "utf8")) as unknown;
      const bindings = Object.values(at(file, "config", "stagewright:secrets") as object) as object[];
      for (const value of bindings.flatMap((binding) => Object.values(binding) as unknown[])) {
        assert.ok(value === "" || String(at(value, "secure")).startsWith("v1:"), stack);
      }
    }
  });
});

/** The values of all secrets among the inputs. */
function revealed(value: unknown): unknown[] {
  if (value instanceof Secret) return [value.reveal()];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(revealed);
}
