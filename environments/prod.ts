import type { EnvironmentDefinition } from "./definition";

/** Where people are served: synchronous, spread, retained, and only ever what int has proved. */
export const prod: EnvironmentDefinition = {
  name: "prod",
  image: "promoted",
  database: {
    instances: { least: 3, most: 9, usual: 3 },
    version: "18.4",
    storage: { usual: "50Gi", least: "1Gi" },
    walStorage: { usual: "10Gi", least: "1Gi" },
    spread: "required",
    deletion: { usual: "retain", allowed: ["retain"] },
    // Equal request and limit: the kubelet evicts such pods last.
    resources: { cpu: "1", memory: "2Gi" },
  },
  application: {
    replicas: { least: 2, most: 50, usual: 3 },
    resources: { cpu: "250m", cpuLimit: "1", memory: "512Mi" },
  },
  release: { from: "int", soakMinutes: 0, signatureRequired: true, rollback: "automatic" },
  guards: { contextRequired: true, cleanTreeRequired: true, routeRequired: true, backupExpected: true },
};
