import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { resourceRequirements } from "../manifests/resources";
import { neighboursOf } from "./network-policies";
import { poolerLabels, poolerPolicy } from "./policies";
import { Pooler, type PoolerSpec } from "./pooler";
import { type Pool, poolerName, settlePool } from "./pool";
import { metadataOf } from "./metadata";
import type { Settings } from "./settings";

const WAIT = { "pulumi.com/waitFor": "jsonpath={.status.phase}=active" };

/** Puts PgBouncer before the instances; nothing without `pooler`. */
export function createPoolers(
  name: string,
  settings: Settings,
  after: pulumi.Resource,
  parent: pulumi.Resource,
): void {
  if (settings.pooler === undefined) return;
  const pool = settlePool(settings.pooler);
  const types = pool.readOnly ? (["rw", "ro"] as const) : (["rw"] as const);
  for (const type of types) {
    const suffix = poolerName("", type);
    new Pooler(
      `${name}${suffix}`,
      {
        metadata: { ...metadataOf(name, settings, suffix), annotations: WAIT },
        spec: poolerSpec(name, type, pool, settings),
      },
      { parent, dependsOn: after },
    );
    if (pool.instances > 1) createBudget(name, suffix, settings, parent);
  }
  new k8s.networking.v1.NetworkPolicy(
    `${name}-pooler`,
    { metadata: metadataOf(name, settings, "-pooler"), spec: poolerPolicy(name, neighboursOf(settings)) },
    { parent },
  );
}

function poolerSpec(name: string, type: PoolerSpec["type"], pool: Pool, settings: Settings): PoolerSpec {
  const labels = poolerLabels(name);
  return {
    cluster: { name },
    type,
    instances: pool.instances,
    pgbouncer: {
      poolMode: pool.poolMode,
      ...(pool.image ? { image: pool.image } : {}),
      parameters: {
        default_pool_size: String(pool.poolSize),
        max_client_conn: String(pool.maxClients),
        // Its default takes clients without TLS, and does not look at the instance's name.
        client_tls_sslmode: "require",
        server_tls_sslmode: "verify-full",
      },
    },
    template: {
      metadata: { labels },
      spec: {
        containers: [{ name: "pgbouncer", resources: resourceRequirements(pool.resources) }],
        ...(settings.imagePullSecrets
          ? { imagePullSecrets: settings.imagePullSecrets.map((secret) => ({ name: secret })) }
          : {}),
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: { "cnpg.io/poolerName": poolerName(name, type) } },
          },
        ],
      },
    },
  };
}

function createBudget(name: string, suffix: string, settings: Settings, parent: pulumi.Resource): void {
  new k8s.policy.v1.PodDisruptionBudget(
    `${name}${suffix}`,
    {
      metadata: metadataOf(name, settings, suffix),
      spec: {
        maxUnavailable: 1,
        selector: { matchLabels: { "cnpg.io/poolerName": `${name}${suffix}` } },
      },
    },
    { parent },
  );
}
