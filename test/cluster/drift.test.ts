import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
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
import { missingForCluster, notRunLine } from "../support/parts";

const NAMESPACE = "stagewright-drift";
const OURS = "pulumi-kubernetes-0badcafe";
/** Pulumi's mark of a secret in a state. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };
const CANARY = "canary-9f31c7";

function kubectl(args: readonly string[], input?: object): string {
  return execFileSync("kubectl", [...args], {
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
    ...(input ? { input: JSON.stringify(input) } : {}),
  });
}
const here = (...args: string[]) => kubectl([...args, "--namespace", NAMESPACE]);
const patch = (object: string, change: object, manager = "kubectl-edit") =>
  here("patch", object, "--type", "merge", "--field-manager", manager, "--patch", JSON.stringify(change));
const edit = (object: string, ...operations: object[]) =>
  here(
    "patch",
    object,
    "--type",
    "json",
    "--field-manager",
    "kubectl-edit",
    "--patch",
    JSON.stringify(operations),
  );

const container = "/spec/template/spec/containers/0";
const POD = "spec.template.spec";
const WEB = `${POD}.containers[web]`;

/** What a hand does to a running stack, and the words that must tell of it. */
const MUTATIONS: readonly [string, () => void, RegExp][] = [
  [
    "an image",
    () => here("set", "image", "deployment/blog", "web=evil@sha256:0"),
    /containers\[web\]\.image is "evil@/,
  ],
  [
    "a number of pods, by scale",
    () => here("scale", "deployment/blog", "--replicas", "4"),
    /spec\.replicas is 4/,
  ],
  [
    "a new variable",
    () => here("set", "env", "deployment/blog", `DEBUG=${CANARY}`),
    /env\[DEBUG\]\S* was added by/,
  ],
  [
    "a limit",
    () =>
      edit("deployment/blog", { op: "replace", path: `${container}/resources/limits/memory`, value: "1Gi" }),
    /resources\.limits\.memory is "1Gi"/,
  ],
  [
    "a request",
    () =>
      edit("deployment/blog", { op: "replace", path: `${container}/resources/requests/cpu`, value: "5m" }),
    /resources\.requests\.cpu is "5m"/,
  ],
  [
    "a limit that is gone",
    () => edit("deployment/blog", { op: "remove", path: `${container}/resources/limits/cpu` }),
    /resources\.limits\.cpu was removed/,
  ],
  [
    "a writable root file system",
    () =>
      edit("deployment/blog", {
        op: "replace",
        path: `${container}/securityContext/readOnlyRootFilesystem`,
        value: false,
      }),
    /readOnlyRootFilesystem is false/,
  ],
  [
    "a capability",
    () =>
      edit("deployment/blog", {
        op: "add",
        path: `${container}/securityContext/capabilities/add`,
        value: ["NET_BIND_SERVICE"],
      }),
    /capabilities\.add\S* was added/,
  ],
  [
    "a probe that is gone",
    () => edit("deployment/blog", { op: "remove", path: `${container}/readinessProbe` }),
    /containers\[web\]\.readinessProbe was removed/,
  ],
  [
    "a probe's path",
    () =>
      edit("deployment/blog", { op: "replace", path: `${container}/livenessProbe/httpGet/path`, value: "/" }),
    /livenessProbe\.httpGet\.path is "\/"/,
  ],
  [
    "a command",
    () => edit("deployment/blog", { op: "add", path: `${container}/command`, value: ["sleep", "1"] }),
    /containers\[web\]\.command was added/,
  ],
  [
    "a second container",
    () =>
      edit("deployment/blog", {
        op: "add",
        path: "/spec/template/spec/containers/-",
        value: { name: "miner", image: "miner" },
      }),
    /containers\[miner\]\S* was added/,
  ],
  [
    "a volume",
    () =>
      edit("deployment/blog", {
        op: "add",
        path: "/spec/template/spec/volumes/-",
        value: { name: "more", emptyDir: {} },
      }),
    /volumes\[more\]\S* was added/,
  ],
  [
    "the token of the account",
    () => patch("deployment/blog", { spec: { template: { spec: { automountServiceAccountToken: true } } } }),
    /automountServiceAccountToken is true/,
  ],
  [
    "another account",
    () => patch("deployment/blog", { spec: { template: { spec: { serviceAccountName: "default" } } } }),
    /serviceAccountName is "default"/,
  ],
  [
    "the network of the node",
    () => patch("deployment/blog", { spec: { template: { spec: { hostNetwork: true } } } }),
    /hostNetwork was added/,
  ],
  [
    "the time to stop",
    () => patch("deployment/blog", { spec: { template: { spec: { terminationGracePeriodSeconds: 20 } } } }),
    /terminationGracePeriodSeconds is 20,/,
  ],
  [
    "rollouts",
    () => patch("deployment/blog", { spec: { strategy: { rollingUpdate: { maxUnavailable: 1 } } } }),
    /maxUnavailable is 1,/,
  ],
  [
    "history",
    () => patch("deployment/blog", { spec: { revisionHistoryLimit: 1 } }),
    /revisionHistoryLimit is 1,/,
  ],
  ["a pause", () => here("rollout", "pause", "deployment/blog"), /spec\.paused was added/],
  [
    "a node",
    () => patch("deployment/blog", { spec: { template: { spec: { nodeSelector: { a: "b" } } } } }),
    /nodeSelector\S* was added/,
  ],
  [
    "an annotation",
    () => here("annotate", "deployment/blog", "team=x"),
    /metadata\.annotations\.team was added/,
  ],
  [
    "the recorded commit",
    () => here("annotate", "deployment/blog", "stagewright/commit=0", "--overwrite"),
    /annotations\.stagewright\/commit has another value/,
  ],
  ["a label", () => here("label", "deployment/blog", "tier=x"), /metadata\.labels\.tier was added/],
  [
    "a label that is gone",
    () => here("label", "service/blog", "app.kubernetes.io/managed-by-"),
    /labels\.app\.kubernetes\.io\/managed-by was removed/,
  ],
  [
    "a Service's selector",
    () => patch("service/blog", { spec: { selector: { "app.kubernetes.io/name": "x" } } }),
    /selector\.app\.kubernetes\.io\/name is "x"/,
  ],
  [
    "a Service's selector, one more",
    () => patch("service/blog", { spec: { selector: { extra: "x" } } }),
    /selector\.extra was added/,
  ],
  [
    "a Service's type",
    () => patch("service/blog", { spec: { type: "NodePort" } }),
    /spec\.type is "NodePort"/,
  ],
  [
    "a Service's port",
    () => edit("service/blog", { op: "replace", path: "/spec/ports/0/targetPort", value: 9 }),
    /ports\[http\]\.targetPort is 9,/,
  ],
  [
    "stickiness",
    () => patch("service/blog", { spec: { sessionAffinity: "ClientIP" } }),
    /sessionAffinity was added|sessionAffinity is/,
  ],
  [
    "an open network",
    () => edit("networkpolicy/blog", { op: "add", path: "/spec/egress/-", value: {} }),
    /egress\[\d\] was added \(by kubectl-edit\)/,
  ],
  [
    "a closed network",
    () => edit("networkpolicy/blog-db", { op: "remove", path: "/spec/ingress/0" }),
    /ingress\[2\] was removed/,
  ],
  [
    "a budget",
    () => patch("poddisruptionbudget/blog", { spec: { maxUnavailable: 2 } }),
    /spec\.maxUnavailable is 2,/,
  ],
  [
    "a host of the route",
    () => edit("httproute/blog", { op: "add", path: "/spec/hostnames/-", value: "evil.example.com" }),
    /hostnames\[1\] was added, it is "evil\.example\.com"/,
  ],
  [
    "where a route leads",
    () => edit("httproute/blog", { op: "replace", path: "/spec/rules/0/backendRefs/0/port", value: 81 }),
    /backendRefs\[blog\]\.port is 81,/,
  ],
  [
    "the account's token",
    () => patch("serviceaccount/blog", { automountServiceAccountToken: true }),
    /automountServiceAccountToken is true/,
  ],
  ["instances", () => patch("cluster/blog-db", { spec: { instances: 2 } }), /spec\.instances is 2,/],
  [
    "a database parameter",
    () => patch("cluster/blog-db", { spec: { postgresql: { parameters: { work_mem: "1GB" } } } }),
    /parameters\.work_mem was added/,
  ],
  [
    "a superuser",
    () => patch("cluster/blog-db", { spec: { enableSuperuserAccess: true } }),
    /enableSuperuserAccess is true/,
  ],
  [
    "a larger volume",
    () => patch("cluster/blog-db", { spec: { storage: { size: "9Gi" } } }),
    /spec\.storage\.size is "9Gi", and was deployed as "5Gi"/,
  ],
  [
    "hibernation",
    () => here("annotate", "cluster/blog-db", "cnpg.io/hibernation=on"),
    /annotations\.cnpg\.io\/hibernation was added/,
  ],
  [
    "a secret value",
    () => patch("secret/blog-application", { data: { "signing-secret": "eA==" } }),
    /data\.signing-secret was set by/,
  ],
  [
    "one more secret",
    () => patch("secret/blog-application", { data: { more: "eA==" } }),
    /data\.more was set by/,
  ],
  [
    "weaker pods in the namespace",
    () =>
      kubectl([
        "label",
        "namespace",
        NAMESPACE,
        "pod-security.kubernetes.io/enforce=privileged",
        "--overwrite",
      ]),
    /pod-security\.kubernetes\.io\/enforce is "privileged"/,
  ],
];

const isNamespace = ({ kind }: Manifest) => kind === "Namespace";

const applyAsEngine = (object: Manifest) =>
  kubectl(["apply", "--server-side", "--field-manager", OURS, "--filename", "-"], object);

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
    if (missing.length > 0) {
      process.stdout.write(`${notRunLine("test:cluster", missing)}\n`);
      process.exit(3);
    }
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
    removeNamespace();
  });

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

  /** Also from an API server that has no controllers to do the rest. */
  function removeNamespace(): void {
    kubectl(["delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false"]);
    const left = kubectl(["get", "namespace", NAMESPACE, "--ignore-not-found", "--output", "json"]);
    const hasControllers = kubectl(["get", "pods", "--all-namespaces", "--output", "name"]).trim() !== "";
    if (left === "" || hasControllers) return;
    const object = { ...(JSON.parse(left) as object), spec: { finalizers: [] } };
    kubectl(["replace", "--raw", `/api/v1/namespaces/${NAMESPACE}/finalize`, "--filename", "-"], object);
  }

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
    assert.ok(found.includes(POD) && found.includes(WEB));
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
