import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { settledJobSpec } from "../../components/cnpg/settled";
import { containerSecurity, dns, labelsOf, namespace, podSecurity } from "./parts";

const POSTGRES_IMAGE = "registry.example.com/postgresql:17.6-standard-trixie";
/** Texts of the Job that waits for the database: data, taken once, the same on both sides. */
const { command, differing } = waitTexts();

function waitTexts(): { command: string[]; differing: string } {
  const spec = settledJobSpec(
    {
      instancesService: "",
      tlsHost: "",
      instances: 1,
      fingerprint: "",
      parameters: {},
      image: "",
      secretName: "",
      certificateAuthoritySecretName: "",
      timeoutSeconds: 0,
    },
    "",
    {},
  );
  const { template } = JSON.parse(JSON.stringify(spec)) as {
    template: { spec: { containers: [{ command: string[]; env: { name: string; value: string }[] }] } };
  };
  const [container] = template.spec.containers;
  const differing = container.env.find(({ name }) => name === "DIFFERING")?.value ?? "";
  return { command: container.command, differing };
}

function fingerprint(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}

/** A database as a person would write it. */
export function declareDatabase(name: string, client: string, parent: pulumi.Resource): void {
  const parameters = { shared_buffers: "512MB", wal_retrieve_retry_interval: "500ms" };
  const resources = { cpu: "1", memory: "2Gi" };
  const cluster = declareCluster(name, parameters, resources, parent);
  declareDatabasePolicies(name, client, parent);
  const service = new k8s.core.v1.Service(
    `${name}-instances`,
    {
      metadata: {
        name: `${name}-instances`,
        namespace,
        labels: labelsOf(name, "database"),
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: { "cnpg.io/cluster": name, "cnpg.io/podRole": "instance" },
        ports: [{ name: "postgres", port: 5432 }],
      },
    },
    { parent },
  );
  declareJob(
    name,
    parameters,
    fingerprint([3, POSTGRES_IMAGE, parameters, "10Gi", "5Gi", resources]),
    [cluster, service],
    parent,
  );
}

function declareCluster(
  name: string,
  parameters: Record<string, string>,
  resources: { cpu: string; memory: string },
  parent: pulumi.Resource,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: {
        name,
        namespace,
        labels: labelsOf(name, "database"),
        annotations: {
          "pulumi.com/waitFor": JSON.stringify([
            `jsonpath={.status.image}=${POSTGRES_IMAGE}`,
            "condition=Ready",
          ]),
        },
      },
      spec: {
        instances: 3,
        imageName: POSTGRES_IMAGE,
        enableSuperuserAccess: false,
        enablePDB: true,
        primaryUpdateStrategy: "unsupervised",
        primaryUpdateMethod: "switchover",
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
        storage: { size: "10Gi", storageClass: "fast", resizeInUseVolumes: true },
        walStorage: { size: "5Gi", storageClass: "fast", resizeInUseVolumes: true },
        resources: {
          requests: { ...resources, "ephemeral-storage": "64Mi" },
          limits: { ...resources, "ephemeral-storage": "512Mi" },
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
        postgresql: {
          parameters: { ...parameters, "stagewright.fingerprint": fingerprint(parameters) },
          synchronous: { method: "any", number: 1, dataDurability: "required", failoverQuorum: true },
        },
      },
    },
    { parent, customTimeouts: { create: "900s", update: "900s" } },
  );
}

function declareDatabasePolicies(name: string, client: string, parent: pulumi.Resource): void {
  const instances = { podSelector: { matchLabels: { "cnpg.io/cluster": name } } };
  const settled = { "app.kubernetes.io/name": name, "app.kubernetes.io/component": "settled" };
  const instancePorts = [
    { port: 5432, protocol: "TCP" },
    { port: 8000, protocol: "TCP" },
  ];
  new k8s.networking.v1.NetworkPolicy(
    name,
    {
      metadata: { name, namespace, labels: labelsOf(name, "database") },
      spec: {
        podSelector: instances.podSelector,
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          { from: [instances], ports: instancePorts },
          {
            from: [
              {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "cnpg-system" } },
                podSelector: { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } },
              },
            ],
            ports: instancePorts,
          },
          {
            from: [
              { podSelector: { matchLabels: { "app.kubernetes.io/name": client } } },
              { podSelector: { matchLabels: settled } },
            ],
            ports: [{ port: 5432, protocol: "TCP" }],
          },
        ],
        egress: [
          dns,
          {
            ports: [
              { port: 443, protocol: "TCP" },
              { port: 6443, protocol: "TCP" },
            ],
          },
          { to: [instances], ports: instancePorts },
        ],
      },
    },
    { parent },
  );
  new k8s.networking.v1.NetworkPolicy(
    `${name}-settled`,
    {
      metadata: { name: `${name}-settled`, namespace, labels: labelsOf(name, "database") },
      spec: {
        podSelector: { matchLabels: settled },
        policyTypes: ["Ingress", "Egress"],
        ingress: [],
        egress: [dns, { to: [instances], ports: [{ port: 5432, protocol: "TCP" }] }],
      },
    },
    { parent },
  );
}

function declareJob(
  name: string,
  parameters: Record<string, string>,
  declared: string,
  dependsOn: pulumi.Resource[],
  parent: pulumi.Resource,
): void {
  new k8s.batch.v1.Job(
    `${name}-settled`,
    {
      metadata: { name: `${name}-settled-${declared}`, namespace, labels: labelsOf(name, "settled") },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: 960,
        template: {
          metadata: { labels: labelsOf(name, "settled") },
          spec: {
            restartPolicy: "Never",
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurity(26),
            containers: [
              {
                name: "settled",
                image: POSTGRES_IMAGE,
                command,
                env: [
                  { name: "SERVICE", value: `${name}-instances` },
                  { name: "TLS_HOST", value: `${name}-rw` },
                  { name: "INSTANCES", value: "3" },
                  { name: "FINGERPRINT", value: fingerprint(parameters) },
                  { name: "PARAMETERS", value: JSON.stringify(parameters) },
                  { name: "NAMES", value: Object.keys(parameters).join(" ") },
                  { name: "DIFFERING", value: differing },
                  { name: "VERSION", value: "17.6" },
                  { name: "TIMEOUT_SECONDS", value: "900" },
                ],
                resources: {
                  requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" },
                  limits: { cpu: "500m", memory: "64Mi", "ephemeral-storage": "512Mi" },
                },
                securityContext: containerSecurity(26),
                volumeMounts: [
                  { name: "database", mountPath: "/run/secrets/database", readOnly: true },
                  { name: "database-ca", mountPath: "/run/secrets/database-ca", readOnly: true },
                ],
              },
            ],
            volumes: [
              { name: "database", secret: { secretName: `${name}-app`, defaultMode: 0o440 } },
              {
                name: "database-ca",
                secret: {
                  secretName: `${name}-ca`,
                  defaultMode: 0o440,
                  items: [{ key: "ca.crt", path: "ca.crt" }],
                },
              },
            ],
          },
        },
      },
    },
    { parent, dependsOn, customTimeouts: { create: "960s" }, deleteBeforeReplace: true },
  );
}
