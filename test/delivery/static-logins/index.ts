import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import {
  ContainerImage,
  PostgresCluster,
  restrictedNamespaceLabels,
  SecretDelivery,
  VaultDatabase,
  WebApplication,
} from "../../../components";

const config = new pulumi.Config();
const name = "blog";
const login = "writer";
const namespace = config.require("namespace");
const [gatewayNamespace = "", gateway = ""] = config.require("gateway").split("/");
const providers = [new vault.Provider("vault", { skipChildToken: true })];
const roles = [{ name: login, inRoles: ["app"] }];

const home = new k8s.core.v1.Namespace(name, {
  metadata: { name: namespace, labels: { ...restrictedNamespaceLabels } },
});
const [builder, base] = [config.get("builder"), config.get("base")];
const image = new ContainerImage(name, {
  repository: config.require("repository"),
  build: {
    context: "../../../examples/blog",
    ...(builder ? { builder } : {}),
    ...(base ? { arguments: { BASE: base } } : {}),
    revision: "static-logins",
    created: "2026-11-23T18:00:00Z",
  },
});
const database = new PostgresCluster(
  `${name}-db`,
  {
    namespace,
    image: config.require("image"),
    storage: "512Mi",
    walStorage: "256Mi",
    resources: { cpu: "50m", cpuLimit: "1", memory: "256Mi" },
    spread: "preferred",
    deletion: "delete",
    timeoutSeconds: 300,
    clients: [{ "app.kubernetes.io/name": name }],
    roles,
    roleAdministrator: { namespace: "vault", passwordsOf: [login] },
  },
  { dependsOn: home },
);
const { host, secretName, certificateAuthoritySecretId, administratorSecretId } = database;
const logins = new VaultDatabase(
  config.require("role"),
  {
    mount: config.require("mount"),
    host,
    certificateAuthoritySecretId,
    administratorSecretId,
    staticRoles: [
      { name: config.require("role"), username: login, rotationSeconds: config.requireNumber("rotation") },
    ],
    clusterRoles: roles,
  },
  { providers, dependsOn: database },
);
const { secretNames } = new SecretDelivery(
  name,
  {
    namespace,
    method: "vault-secrets-operator",
    vault: {
      address: config.require("address"),
      authMount: config.require("authMount"),
      kvMount: config.require("kvMount"),
      folder: namespace,
      roleName: config.require("role"),
      credentialPath: `${config.require("mount")}/static-creds/${config.require("role")}`,
    },
    database: { host, secretName },
    secrets: {
      application: {
        "signing-secret": config.requireSecret("signing"),
        "author-password": config.requireSecret("author"),
      },
    },
  },
  { providers, dependsOn: [home, logins] },
);
const nameOf = (secret: string) => secretNames.apply((names) => names[secret] ?? "");
new WebApplication(
  name,
  {
    namespace,
    image: image.reference,
    replicas: 2,
    resources: { cpu: "50m", memory: "256Mi" },
    secrets: [
      { name: "application", secretName: nameOf("application") },
      { name: "database", secretName: nameOf("database") },
      { name: "database-ca", secretName: database.certificateAuthoritySecretName, keys: ["ca.crt"] },
    ],
    host: config.require("host"),
    gateway: { name: gateway, namespace: gatewayNamespace },
    destinations: [{ labels: { "cnpg.io/cluster": `${name}-db` }, port: 5432 }],
  },
  { dependsOn: [home, database] },
);
