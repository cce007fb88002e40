import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { containerSecurity, dns, labelsOf, namespace, podSecurity } from "./parts";

const IMAGE = `registry.example.com/shop@sha256:${"0".repeat(64)}`;

/** A web application as a person would write it. */
export function declareWeb(name: string, parent: pulumi.Resource): void {
  const labels = labelsOf(name, "web");
  const selector = { "app.kubernetes.io/name": name, "app.kubernetes.io/component": "web" };
  const account = new k8s.core.v1.ServiceAccount(
    name,
    { metadata: { name, namespace, labels }, automountServiceAccountToken: false },
    { parent },
  );
  new k8s.networking.v1.NetworkPolicy(
    name,
    {
      metadata: { name, namespace, labels },
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "gateway" } } }],
            ports: [{ port: 8080, protocol: "TCP" }],
          },
        ],
        egress: [
          dns,
          {
            to: [{ podSelector: { matchLabels: { "cnpg.io/cluster": `${name}-db` } } }],
            ports: [{ port: 5432, protocol: "TCP" }],
          },
        ],
      },
    },
    { parent },
  );
  const deployment = declareDeployment(name, account, parent);
  const service = new k8s.core.v1.Service(
    name,
    {
      metadata: { name, namespace, labels },
      spec: { type: "ClusterIP", selector, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    },
    { parent, dependsOn: deployment },
  );
  declareRoute(name, service, parent);
}

function declareDeployment(
  name: string,
  account: k8s.core.v1.ServiceAccount,
  parent: pulumi.Resource,
): k8s.apps.v1.Deployment {
  const labels = labelsOf(name, "web");
  const selector = { "app.kubernetes.io/name": name, "app.kubernetes.io/component": "web" };
  const spread = (topologyKey: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
    matchLabelKeys: ["pod-template-hash"],
  });
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: { name, namespace, labels, annotations: {} },
      spec: {
        replicas: 1,
        selector: { matchLabels: selector },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        progressDeadlineSeconds: 300,
        revisionHistoryLimit: 5,
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurity(10001),
            terminationGracePeriodSeconds: 45,
            topologySpreadConstraints: [
              spread("kubernetes.io/hostname"),
              spread("topology.kubernetes.io/zone"),
            ],
            containers: [webContainer()],
            volumes: [
              { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
              { name: "secret-database", secret: { secretName: `${name}-db-app`, defaultMode: 0o440 } },
              {
                name: "secret-database-ca",
                secret: {
                  secretName: `${name}-db-ca`,
                  defaultMode: 0o440,
                  items: [{ key: "ca.crt", path: "ca.crt" }],
                },
              },
            ],
          },
        },
      },
    },
    { parent, customTimeouts: { create: "30m", update: "30m" } },
  );
}

function webContainer(): k8s.types.input.core.v1.Container {
  const alive = { path: "/healthz", port: "http" };
  return {
    name: "web",
    image: IMAGE,
    imagePullPolicy: "Always",
    ports: [{ name: "http", containerPort: 8080 }],
    env: [{ name: "LOG_LEVEL", value: "info" }],
    resources: {
      requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "512Mi" },
    },
    securityContext: containerSecurity(10001),
    startupProbe: { httpGet: alive, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 60 },
    livenessProbe: { httpGet: alive, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    readinessProbe: {
      httpGet: { path: "/readyz", port: "http" },
      periodSeconds: 2,
      timeoutSeconds: 3,
      failureThreshold: 3,
    },
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
    volumeMounts: [
      { name: "tmp", mountPath: "/tmp" },
      { name: "secret-database", mountPath: "/run/secrets/database", readOnly: true },
      { name: "secret-database-ca", mountPath: "/run/secrets/database-ca", readOnly: true },
    ],
  };
}

const parentSays = (condition: string) =>
  `jsonpath={.status.parents[?(@.parentRef.name=="public")].conditions[?(@.type=="${condition}")].status}=True`;

function declareRoute(name: string, service: k8s.core.v1.Service, parent: pulumi.Resource): void {
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: {
        name,
        namespace,
        labels: labelsOf(name, "web"),
        annotations: {
          "pulumi.com/waitFor": JSON.stringify([parentSays("Accepted"), parentSays("ResolvedRefs")]),
        },
      },
      spec: {
        parentRefs: [{ name: "public", namespace: "gateway" }],
        hostnames: [`${name}.example.com`],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: "/" } }],
            backendRefs: [{ name: service.metadata.name, port: 80 }],
          },
        ],
      },
    },
    { parent, customTimeouts: { create: "2m", update: "2m" } },
  );
}
