import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DatabaseGrants, PostgresCluster, restrictedNamespaceLabels } from "../../../components";

const config = new pulumi.Config();
const name = config.require("namespace");
const home = new k8s.core.v1.Namespace("grants", {
  metadata: { name, labels: { ...restrictedNamespaceLabels } },
});

const ROLES = { reporting: [], migrator: ["app"], grants: ["app", "migrator"] };
const logins = Object.keys(ROLES).map(
  (role) =>
    new k8s.core.v1.Secret(role, {
      metadata: { name: role, namespace: home.metadata.name },
      stringData: { username: role, password: config.requireSecret("password") },
    }),
);
const database = new PostgresCluster(
  "db",
  {
    namespace: home.metadata.name,
    image: config.require("image"),
    storage: "512Mi",
    walStorage: "256Mi",
    resources: { cpu: "50m", cpuLimit: "1", memory: "256Mi" },
    spread: "preferred",
    deletion: "delete",
    timeoutSeconds: 300,
    roles: Object.entries(ROLES).map(([role, inRoles]) => ({
      name: role,
      inRoles,
      passwordSecretName: role,
    })),
  },
  { dependsOn: logins },
);

if (config.requireBoolean("granted")) {
  new DatabaseGrants(
    "db-grants",
    {
      host: database.host,
      administrator: { name: "grants", password: config.requireSecret("password") },
      schemas: ["audit"],
      readOnlyRoles: ["reporting"],
      migrationRoles: ["migrator"],
    },
    { dependsOn: database, deletedWith: database },
  );
}
