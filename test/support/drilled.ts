import type { Target } from "../../release/drills/writer";

/** What the drills are about. */
export const DRILLED: Target = {
  client: { context: "kind" },
  namespace: "blog",
  cluster: "db",
  clientLabels: { app: "web" },
};

/** Its Cluster, as kubectl prints it. */
export const drilledCluster = (phase = "Cluster in healthy state"): string =>
  JSON.stringify({
    metadata: { name: "db" },
    spec: { instances: 3 },
    status: {
      currentPrimary: "db-1",
      targetPrimary: "db-1",
      instanceNames: ["db-1", "db-2"],
      image: "postgresql:17",
      readyInstances: 3,
      phase,
    },
  });
