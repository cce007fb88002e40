import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  ContainerImage,
  DatabaseGrants,
  PostgresCluster,
  RestoreDrill,
  restrictedNamespaceLabels,
  type SecretBinding,
  WebApplication,
} from "./components";
import { loadEnvironment } from "./environments";

const name = "blog";
const environment = loadEnvironment();
const retain = environment.database.deletion === "retain";

const { context, namespace: namespaceName } = environment.kubernetes;
const provider = new k8s.Provider("kubernetes", context ? { context } : {});
const home = new k8s.core.v1.Namespace(
  name,
  { metadata: { name: namespaceName, labels: restrictedNamespaceLabels } },
  { provider, protect: retain, retainOnDelete: retain },
);

const container = new ContainerImage(name, environment.image);

const keep = (secret: string, values: Readonly<Record<string, string>>, kept = false) =>
  new k8s.core.v1.Secret(
    secret,
    { metadata: { name: secret, namespace: namespaceName }, stringData: pulumi.secret(values) },
    { provider, dependsOn: home, protect: kept, retainOnDelete: kept },
  );
const secrets = Object.entries(environment.secrets).map(([binding, values]): SecretBinding => {
  const { metadata } = keep(`${name}-${binding}`, values);
  return { name: binding, secretName: metadata.name };
});
const credentials = [environment.archive, environment.grants].flatMap((part) => part?.secret ?? []);
const store = credentials.map((secret) => keep(secret.name, secret.values, retain));

const database = new PostgresCluster(
  `${name}-db`,
  { ...environment.database, namespace: namespaceName, clients: [{ "app.kubernetes.io/name": name }] },
  { provider, dependsOn: [home, ...store] },
);

if (environment.drill?.scheduled) {
  const like = { ...environment.database, ...environment.drill.scheduled, namespace: namespaceName };
  new RestoreDrill(`${name}-db-drill`, { ...like, cluster: `${name}-db` }, { provider, dependsOn: database });
}
if (environment.grants) {
  const grants = { ...environment.grants.declared, host: database.host };
  new DatabaseGrants(`${name}-db-grants`, grants, { dependsOn: database, deletedWith: database });
}

const application = new WebApplication(
  name,
  {
    ...environment.application,
    ...environment.route,
    namespace: namespaceName,
    image: container.reference,
    secrets: [
      ...secrets,
      { name: "database", secretName: database.secretName },
      { name: "database-ca", secretName: database.certificateAuthoritySecretName, keys: ["ca.crt"] },
    ],
    destinations: [{ labels: { "cnpg.io/cluster": `${name}-db` }, port: 5432 }],
    annotations: { ...environment.traces, "stagewright/digest": container.digest },
  },
  { provider, dependsOn: [home, database] },
);

export const { url, deploymentName: deployment } = application;
export const image = container.reference;
export const commit = environment.commit.hash;
export const version = environment.version;
export const namespace = home.metadata.name;
export const { clusterName: databaseCluster, host: databaseHost } = database;
export const { readOnlyHost: databaseReadOnlyHost, secretName: databaseSecretName } = database;
