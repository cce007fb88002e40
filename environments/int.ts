import type { EnvironmentDefinition } from "./definition";

/** Where an image that passed test meets the shape of production, in small. */
export const int: EnvironmentDefinition = {
  name: "int",
  image: "promoted",
  database: {
    instances: { least: 1, most: 5, usual: 3 },
    version: "18.4",
    storage: { usual: "5Gi", least: "1Gi" },
    walStorage: { usual: "2Gi", least: "1Gi" },
    spread: "preferred",
    deletion: { usual: "retain", allowed: ["delete", "retain"] },
    resources: { cpu: "250m", cpuLimit: "1", memory: "1Gi" },
  },
  application: {
    replicas: { least: 1, most: 10, usual: 2 },
    resources: { cpu: "100m", cpuLimit: "1", memory: "256Mi" },
  },
  release: { from: "test", soakMinutes: 0, signatureRequired: false, rollback: "automatic" },
  guards: { contextRequired: false, cleanTreeRequired: false, routeRequired: true, backupExpected: false },
};
