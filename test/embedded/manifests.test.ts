import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { type Manifest, renderManifests, writeManifests } from "../../embedded/manifests";
import { build } from "../support/program";

const CANARY = "canary-2e90";

function object(kind: string, name: string, namespace = "blog"): Manifest {
  return { apiVersion: "v1", kind, metadata: { name, namespace } };
}

describe("renderManifests", () => {
  it("gives each Kubernetes object as the program declared it, and nothing else", async () => {
    const registrations = await build(() => {
      const parent = new pulumi.ComponentResource("a:b:C", "outer");
      const provider = new k8s.Provider("cluster", {});
      new k8s.apps.v1.Deployment(
        "web",
        {
          metadata: { name: "web", namespace: "blog" },
          spec: { selector: {}, template: { spec: { containers: [] } } },
        },
        { parent, provider },
      );
      new k8s.core.v1.Namespace("blog", { metadata: { name: "blog" } });
    });
    const { manifests, secrets } = renderManifests(registrations);
    assert.deepEqual(
      manifests.toSorted((one, other) => one.kind.localeCompare(other.kind)),
      [
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web", namespace: "blog" },
          spec: { selector: {}, template: { spec: { containers: [] } } },
        },
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "blog" } },
      ],
    );
    assert.deepEqual(secrets, []);
  });

  it("gives custom resources their own group and kind", async () => {
    const registrations = await build(
      () =>
        void new k8s.apiextensions.CustomResource("c", {
          apiVersion: "postgresql.cnpg.io/v1",
          kind: "Cluster",
          metadata: { name: "c" },
          spec: { instances: 1 },
        }),
    );
    assert.deepEqual(renderManifests(registrations).manifests, [
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: { name: "c" },
        spec: { instances: 1 },
      },
    ]);
  });

  it("leaves out the annotations that only the engine reads, and keeps the others", async () => {
    const registrations = await build(() => {
      const annotations = { "pulumi.com/skipAwait": "true", note: "kept" };
      new k8s.core.v1.Service("a", { metadata: { name: "a", annotations } });
      new k8s.core.v1.Service("b", {
        metadata: { name: "b", annotations: { "pulumi.com/waitFor": "x" } },
      });
    });
    const metadata = renderManifests(registrations).manifests.map((manifest) => manifest.metadata);
    assert.deepEqual(
      metadata.toSorted((one, other) => one.name.localeCompare(other.name)),
      [{ name: "a", annotations: { note: "kept" } }, { name: "b" }],
    );
  });

  it("leaves Secrets out, and lists their names and keys", async () => {
    const registrations = await build(() => {
      const metadata = { name: "login", namespace: "blog" };
      new k8s.core.v1.Secret("marked", {
        metadata,
        stringData: pulumi.secret({ user: "a", password: CANARY }),
      });
      new k8s.core.v1.Secret("plain", {
        metadata: { name: "plain" },
        data: { token: Buffer.from(CANARY).toString("base64") },
      });
      new k8s.core.v1.Secret("empty", { metadata: { name: "empty" } });
    });
    const { manifests, secrets } = renderManifests(registrations);
    assert.deepEqual(manifests, []);
    assert.deepEqual(
      secrets.toSorted((one, other) => one.name.localeCompare(other.name)),
      [
        { name: "empty", namespace: "default", keys: [] },
        { name: "login", namespace: "blog", keys: ["password", "user"] },
        { name: "plain", namespace: "default", keys: ["token"] },
      ],
    );
  });
});

describe("writeManifests", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "manifests-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const files = () => readdirSync(join(directory, "rendered", "test")).toSorted();

  it("writes one file an object, which holds just the object", () => {
    const service = { ...object("Service", "web"), spec: { ports: [{ port: 80 }] } };
    const folder = writeManifests(directory, "test", {
      manifests: [service, object("Deployment", "web")],
      secrets: [],
    });
    assert.equal(folder, join(directory, "rendered", "test"));
    assert.deepEqual(files(), ["deployment-web.yaml", "secrets.json", "service-web.yaml"]);
    assert.deepEqual(parse(readFileSync(join(folder, "service-web.yaml"), "utf8")), service);
  });

  it("writes kinds and names first, as people do, and breaks no line", () => {
    const text =
      "a line that is so long that a writer of YAML would like to fold it after eighty columns or so";
    const spec = { data: { text }, ...object("ConfigMap", "a") };
    const folder = writeManifests(directory, "test", { manifests: [spec], secrets: [] });
    assert.equal(
      readFileSync(join(folder, "configmap-a.yaml"), "utf8"),
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: blog\ndata:\n  text: ${text}\n`,
    );
  });

  it("writes a file for each of two objects with the same kind and name in two namespaces", () => {
    const manifests = [object("Service", "web", "one"), object("Service", "web", "two")];
    writeManifests(directory, "test", { manifests, secrets: [] });
    assert.equal(files().filter((file) => file.endsWith(".yaml")).length, 2);
  });

  it("lists Secrets by name and keys, and writes no file of theirs", () => {
    const secrets = [{ name: "login", namespace: "blog", keys: ["user", "password"] }];
    const folder = writeManifests(directory, "test", { manifests: [], secrets });
    assert.deepEqual(files(), ["secrets.json"]);
    assert.deepEqual(JSON.parse(readFileSync(join(folder, "secrets.json"), "utf8")), secrets);
  });

  it("shows a secret value of another object as such", async () => {
    const registrations = await build(() => {
      new k8s.core.v1.ConfigMap("a", { metadata: { name: "a" }, data: { b: pulumi.secret(CANARY) } });
    });
    const folder = writeManifests(directory, "test", renderManifests(registrations));
    assert.deepEqual(parse(readFileSync(join(folder, "configmap-a.yaml"), "utf8")), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      data: { b: "[secret]" },
    });
  });

  it("removes what an earlier run wrote, of this stack alone, and nothing else", () => {
    writeManifests(directory, "test", { manifests: [object("Service", "old")], secrets: [] });
    writeManifests(directory, "int", { manifests: [object("Service", "other")], secrets: [] });
    const folder = join(directory, "rendered", "test");
    writeFileSync(join(folder, "notes.txt"), "hers");
    writeFileSync(join(folder, "values.json"), "{}");
    mkdirSync(join(folder, "kept"));
    writeManifests(directory, "test", { manifests: [object("Service", "new")], secrets: [] });
    assert.deepEqual(files(), ["kept", "notes.txt", "secrets.json", "service-new.yaml", "values.json"]);
    assert.deepEqual(readdirSync(join(directory, "rendered", "int")).toSorted(), [
      "secrets.json",
      "service-other.yaml",
    ]);
  });
});
