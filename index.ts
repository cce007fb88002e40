import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import * as stagewright from "./components";
import { loadEnvironment } from "./environments";
import { HOME, homeOf } from "./environments/home";

const name = "blog";
const environment = loadEnvironment();

const { context, namespace: namespaceName } = environment.kubernetes;
const provider = new k8s.Provider("kubernetes", context ? { context } : {});
// It takes VAULT_TOKEN as it is: whoever deploys need not be allowed to make tokens.
const vaults = environment.delivery.vault ? [new vault.Provider("vault", { skipChildToken: true })] : [];
const providers = [provider, ...vaults];

const retain = environment.database.deletion === "retain";
const kept = { provider, protect: retain, retainOnDelete: retain };
const labels = stagewright.restrictedNamespaceLabels;
const annotations = { [HOME]: homeOf(environment) };
const home = new k8s.core.v1.Namespace(
  name,
  { metadata: { name: namespaceName, labels, annotations } },
  kept,
);

const container = new stagewright.ContainerImage(name, environment.image);

const credentials = [environment.archive, environment.grants].flatMap((part) => part?.secret ?? []);
const store = credentials.map(({ name: secret, values }) => {
  const content = { metadata: { name: secret, namespace: namespaceName }, stringData: pulumi.secret(values) };
  return new k8s.core.v1.Secret(secret, content, { ...kept, dependsOn: home });
});
const databaseArgs = { ...environment.database, namespace: namespaceName };
const database = new stagewright.PostgresCluster(
  `${name}-db`,
  { ...databaseArgs, clients: [{ "app.kubernetes.io/name": name }] },
  { provider, dependsOn: [home, ...store] },
);
if (environment.drill?.scheduled) {
  const drill = { ...databaseArgs, ...environment.drill.scheduled, cluster: `${name}-db` };
  new stagewright.RestoreDrill(`${name}-db-drill`, drill, { provider, dependsOn: database });
}
if (environment.grants) {
  const grants = { ...environment.grants.declared, host: database.host };
  new stagewright.DatabaseGrants(`${name}-db-grants`, grants, { dependsOn: database, deletedWith: database });
}

const { host, secretName, certificateAuthoritySecretId, administratorSecretId } = database;
const logins = (environment.logins ? [environment.logins] : []).map((settings) => {
  const args = { ...settings, host, certificateAuthoritySecretId, administratorSecretId };
  return new stagewright.VaultDatabase(`${name}-db`, args, { providers, dependsOn: database });
});
const { secrets, delivery } = environment;
const { secretNames } = new stagewright.SecretDelivery(
  name,
  { ...delivery, namespace: namespaceName, secrets, database: { host, secretName } },
  { providers, dependsOn: [home, ...logins] },
);
const nameOf = (folder: string) => secretNames.apply((names) => names[folder] ?? "");

const application = new stagewright.WebApplication(
  name,
  {
    ...environment.application,
    ...environment.route,
    namespace: namespaceName,
    image: container.reference,
    secrets: [
      ...[...Object.keys(secrets), "database"].map((key) => ({ name: key, secretName: nameOf(key) })),
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
export const { clusterName: databaseCluster, readOnlyHost: databaseReadOnlyHost } = database;
export const [databaseHost, databaseSecretName] = [host, nameOf("database")];
