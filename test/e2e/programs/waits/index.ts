import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PostgresCluster, restrictedNamespaceLabels } from "../../../../components";

const config = new pulumi.Config();
const namespace = new k8s.core.v1.Namespace("waits", {
  metadata: { name: "waits-e2e", labels: { ...restrictedNamespaceLabels } },
});

export const database = new PostgresCluster("waits-db", {
  namespace: namespace.metadata.name,
  instances: 2,
  image: config.require("image"),
  storage: "512Mi",
  walStorage: "256Mi",
  resources: { cpu: "50m", cpuLimit: "1", memory: "256Mi" },
  parameters: config.getObject<Record<string, string>>("parameters") ?? {},
  spread: "preferred",
  deletion: "delete",
  timeoutSeconds: config.getNumber("timeoutSeconds") ?? 300,
}).clusterName;
