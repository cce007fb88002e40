import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { findEngine } from "../../adapters/engine";
import { type Manifest, renderManifests } from "../../embedded/manifests";
import { runStack } from "../../embedded/run";
import { drift } from "../../release/drift";
import { describeDrift } from "../../release/drift/report";
import type { DeclaredStack } from "../../release/stack";
import { missingForCluster, endUnlessThere } from "../support/parts";
import { CANARY, here, kubectl, MUTATIONS, NAMESPACE } from "./hands";
import { removeNamespace } from "./namespaces";

const OURS = "pulumi-kubernetes-0badcafe";
/** Pulumi's mark of a secret in a state. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };

const isNamespace = ({ kind }: Manifest) => kind === "Namespace";

const applyAsEngine = (object: Manifest) =>
  kubectl(["apply", "--server-side", "--field-manager", OURS, "--filename", "-"], object);

/** The objects of stack int, in a namespace of their own. */
async function manifests(): Promise<Manifest[]> {
  const builtDigest = `sha256:${"d".repeat(64)}`;
  const { registrations } = await runStack({ directory: process.cwd(), stack: "int", builtDigest });
  const rendering = renderManifests(registrations);
  const text = JSON.stringify(rendering.manifests).replaceAll("blog-int", NAMESPACE);
  const secrets = rendering.secrets.map(({ name, keys }) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: NAMESPACE },
    stringData: Object.fromEntries(keys.map((key) => [key, CANARY])),
  }));
  const all = [...(JSON.parse(text) as Manifest[]), ...secrets];
  return [...all.filter(isNamespace), ...all.filter((object) => !isNamespace(object))];
}

describe("drift on an API server", () => {
  const path = process.env["PATH"] ?? "";
  let folder = "";
  let objects: Manifest[] = [];
  const stack = {
    name: "int",
    client: {},
    settings: { kubernetes: { namespace: NAMESPACE } },
  } as DeclaredStack;

  before(async () => {
    const missing = await missingForCluster();
    endUnlessThere("test:cluster", missing);
    folder = mkdtempSync(join(tmpdir(), "drift-"));
    process.env["PATH"] = `${folder}${delimiter}${path}`;
    objects = await manifests();
    remember(objects);
    for (const object of objects) applyAsEngine(object);
    // Controllers and operators do their part.
    await pause(8000);
  });
  after(() => {
    process.env["PATH"] = path;
    if (folder !== "") rmSync(folder, { recursive: true });
    removeNamespace(NAMESPACE);
  });

  /** An engine whose state has these objects, and whose own look finds nothing. */
  function remember(deployed: readonly Manifest[]): void {
    const resources = deployed.map((object) => {
      const { apiVersion, kind, metadata } = object;
      const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
      const inputs = kind === "Secret" ? { ...object, stringData: SECRET } : object;
      return { urn: `urn:pulumi:int::p::${type}::${metadata.name}`, type, inputs };
    });
    writeFileSync(join(folder, "state"), JSON.stringify({ deployment: { resources } }));
    const script = `#!/bin/sh\ncase "$*" in *export*) cat "${folder}/state";; esac\n`;
    writeFileSync(join(folder, "pulumi"), script, { mode: 0o755 });
  }
  const look = () => drift(findEngine(folder), stack, { step: () => undefined, warn: () => undefined });
  const words = async () => (await look()).drifts.flatMap(describeDrift);

  it("is none in what was just deployed, however often one looks", async () => {
    const count = 3;
    for (let run = 0; run < count; run++)
      assert.deepEqual(await look(), { stack: "int", drifts: [], notCompared: [] });
  });

  it("is none after the pods were restarted on purpose", async () => {
    here("rollout", "restart", "deployment/blog");
    assert.deepEqual(await words(), []);
  });

  it(`is each of ${MUTATIONS.length} changes by hand, and shows no value that may be secret`, async () => {
    for (const [, mutate] of MUTATIONS) mutate();
    const found = (await words()).join("\n");
    assert.deepEqual(
      MUTATIONS.filter(([, , expected]) => !expected.test(found)).map(([name]) => name),
      [],
      found,
    );
    assert.ok(!found.includes(CANARY), found);
  });

  it("is everything that is gone, and everything that is there beside it", async () => {
    here("delete", "networkpolicy", "blog", "--wait=true");
    here("delete", "poddisruptionbudget", "blog", "--wait=true");
    here("create", "configmap", "unlabelled");
    here("create", "configmap", "labelled");
    here("label", "configmap", "labelled", "app.kubernetes.io/managed-by=stagewright");
    here(
      "create",
      "rolebinding",
      "escape",
      "--clusterrole",
      "admin",
      "--serviceaccount",
      `${NAMESPACE}:blog`,
    );
    kubectl(["apply", "--filename", "-"], {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "allow-all", namespace: NAMESPACE },
      spec: { podSelector: {}, ingress: [{}] },
    });
    const lines = (await words()).filter((line) => !line.startsWith(" ") && !line.endsWith("changed"));
    assert.deepEqual(lines, [
      "ConfigMap labelled is there, and was not deployed",
      "NetworkPolicy allow-all is there, and was not deployed",
      "NetworkPolicy blog is missing",
      "PodDisruptionBudget blog is missing",
      "RoleBinding escape is there, and was not deployed",
    ]);
  });
});
