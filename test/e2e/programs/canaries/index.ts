import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ContainerImage, restrictedNamespaceLabels } from "../../../../components";

const config = new pulumi.Config();
const namespace = new k8s.core.v1.Namespace("canaries", {
  metadata: { name: "canaries-e2e", labels: { ...restrictedNamespaceLabels } },
});
const metadata = (name: string) => ({ name, namespace: namespace.metadata.name });
const builder = config.get("builder");
const base = config.get("base");

const container = new ContainerImage("canaries", {
  repository: config.require("repository"),
  login: { username: "robot", password: config.requireSecret("registry-password") },
  build: {
    context: "app",
    ...(builder ? { builder } : {}),
    ...(base ? { arguments: { BASE: base } } : {}),
    revision: "canaries",
    created: "2026-11-23T18:00:00Z",
    secrets: { token: config.requireSecret("build-secret") },
  },
});

new k8s.core.v1.Secret("text", {
  metadata: metadata("text"),
  stringData: {
    password: config.requireSecret("database-password"),
    "from-vault": config.requireSecret("vault-value"),
  },
});
new k8s.core.v1.Secret("bytes", {
  metadata: metadata("bytes"),
  data: { "tls.key": config.requireSecret("tls-key").apply((key) => Buffer.from(key).toString("base64")) },
});
// Known threads: an update by client-side apply kept the values in an annotation, and reading a Secret kept them in state.
const clientSide = new k8s.Provider("client-side", { enableServerSideApply: false });
new k8s.core.v1.Secret(
  "client-side",
  { metadata: metadata("client-side"), stringData: { password: config.requireSecret("database-password") } },
  { provider: clientSide },
);
export const read = config.getBoolean("reading")
  ? k8s.core.v1.Secret.get("read", "canaries-e2e/text").data
  : undefined;

// The API server refuses it: it is no JSON.
if (config.getBoolean("refused")) {
  new k8s.core.v1.Secret("refused", {
    metadata: metadata("refused"),
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": config.requireSecret("registry-password") },
  });
}
// The builder fails on it.
if (config.getBoolean("unbuildable")) {
  new ContainerImage("unbuildable", {
    repository: config.require("repository"),
    build: {
      context: "app",
      dockerfile: "app/Dockerfile.none",
      revision: "unbuildable",
      created: "2026-11-23T18:00:00Z",
      secrets: { token: config.requireSecret("build-secret") },
    },
  });
}
// A program's own mistake, which tells what it was given.
if (config.getBoolean("throwing")) {
  config.requireSecret("stack-secret").apply((given) => {
    throw new Error(`a mistake with ${given}`);
  });
}

export const image = container.reference;
export const given = config.requireSecret("stack-secret");
