import type { EnvironmentDefinition } from "./definition";

/** Where every commit goes first: it builds the image, is small, and may be thrown away. */
export const test: EnvironmentDefinition = {
  name: "test",
  image: "built",
  database: {
    instances: { least: 1, most: 3, usual: 1 },
    version: "18.4",
    storage: { usual: "1Gi", least: "256Mi" },
    walStorage: { usual: "512Mi", least: "256Mi" },
    spread: "preferred",
    deletion: { usual: "delete", allowed: ["delete", "retain"] },
    resources: { cpu: "100m", cpuLimit: "1", memory: "512Mi" },
  },
  application: {
    replicas: { least: 1, most: 5, usual: 1 },
    resources: { cpu: "100m", cpuLimit: "1", memory: "256Mi" },
  },
  // Left as it is after a failed smoke test, to be looked at.
  release: { soakMinutes: 0, signatureRequired: false, rollback: "manual" },
  guards: { contextRequired: false, cleanTreeRequired: false, routeRequired: false, backupExpected: false },
};
