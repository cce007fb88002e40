import { execFileSync } from "node:child_process";
import { kubectl } from "./cluster";
import { eventually } from "./cluster";
import { Reader } from "./reader";
import { target } from "./target";

/** Where the comparison lives. */
export const NAIVE_NAMESPACE = "naive-e2e";

/** Applies a Deployment as tutorials show it: no probes, no preStop, the platform's default stop signal handling. */
export async function applyNaive(image: string): Promise<void> {
  const [namespace = "", name = ""] = target.gateway.split("/");
  const container = {
    name: "web",
    image,
    command: ["hypnotoad", "-f", "script/blog"],
    env: [
      { name: "BLOG_SLOW_PAGE", value: "1" },
      { name: "PID_FILE", value: "/tmp/naive.pid" },
      { name: "SECRETS_DIR", value: "/tmp" },
    ],
    ports: [{ containerPort: 8080 }],
  };
  const labels = { app: "naive" };
  const here = { name: "naive", namespace: NAIVE_NAMESPACE };
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAIVE_NAMESPACE } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: here,
      stringData: { "signing-secret": "worth-nothing", "author-password": "worth-nothing" },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: here,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                ...container,
                volumeMounts: [{ name: "secret", mountPath: "/run/secrets/application" }],
                env: container.env.slice(0, 2),
              },
            ],
            volumes: [{ name: "secret", secret: { secretName: "naive" } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: here,
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: here,
      spec: {
        parentRefs: [{ name, namespace }],
        hostnames: ["naive.example.com"],
        rules: [{ backendRefs: [{ name: "naive", port: 80 }] }],
      },
    },
  ];
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  execFileSync("kubectl", ["apply", "--server-side", "-f", "-"], {
    input: list,
    stdio: ["pipe", "pipe", "pipe"],
  });
  kubectl("rollout", "status", "deployment/naive", "--namespace", NAIVE_NAMESPACE, "--timeout", "120s");
  await eventually(30, async () => {
    const { status } = await new Reader("naive.example.com").get("/healthz");
    return status === 200 || `status ${status}`;
  });
}

/** Removes the comparison. */
export function removeNaive(): void {
  kubectl("delete", "namespace", NAIVE_NAMESPACE, "--ignore-not-found");
}
