import { DeletionPolicy, PostgresCluster, WebApplication } from "../components";

/** Kubernetes objects of one application: 5 of its database, 5 of its web part. */
export const OBJECTS_PER_APPLICATION = 10;

/** Declares applications, each with a database, with our components. */
export function declare(applications: number): void {
  for (let number = 1; number <= applications; number++) {
    const name = `shop-${number}`;
    const database = new PostgresCluster(`${name}-db`, {
      namespace: "shops",
      instances: 3,
      image: "registry.example.com/postgresql:17.6-standard-trixie",
      storage: "10Gi",
      walStorage: "5Gi",
      storageClass: "fast",
      resources: { cpu: "1", memory: "2Gi" },
      parameters: { shared_buffers: "512MB" },
      clients: [{ "app.kubernetes.io/name": name }],
      deletion: DeletionPolicy.Delete,
      timeoutSeconds: 900,
    });
    new WebApplication(
      name,
      {
        namespace: "shops",
        image: `registry.example.com/shop@sha256:${"0".repeat(64)}`,
        resources: { cpu: "100m", memory: "256Mi" },
        env: { LOG_LEVEL: "info" },
        secrets: [
          { name: "database", secretName: database.secretName },
          { name: "database-ca", secretName: database.certificateAuthoritySecretName, keys: ["ca.crt"] },
        ],
        destinations: [{ labels: { "cnpg.io/cluster": `${name}-db` }, port: 5432 }],
        host: `${name}.example.com`,
        gateway: { name: "public", namespace: "gateway" },
        trafficNamespaces: ["gateway"],
        drainSeconds: 30,
        progressSeconds: 300,
      },
      { dependsOn: database },
    );
  }
}
