import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/** Where the stack is deployed for the test: another one each time, as an earlier one may still be on its way out. */
export const NAMESPACE = `stagewright-drift-${randomBytes(4).toString("hex")}`;
/** Stands in every secret value. */
export const CANARY = "canary-9f31c7";

/** Runs kubectl; a failure is an exception. */
export function kubectl(args: readonly string[], input?: object): string {
  return execFileSync("kubectl", [...args], {
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
    ...(input ? { input: JSON.stringify(input) } : {}),
  });
}
/** Asks the API server to judge an object as strictly as it can, without keeping it. */
export const judge = (manifest: object) =>
  kubectl(["apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename", "-"], manifest);
/** Runs kubectl in the stack's namespace. */
export const here = (...args: string[]) => kubectl([...args, "--namespace", NAMESPACE]);
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

/** What a hand does to a running stack, and the words that must tell of it. */
export const MUTATIONS: readonly [string, () => void, RegExp][] = [
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
