import { withDefaults } from "../manifests/defaults";
import type { PoolerSettings } from "./pooler-settings";

const DEFAULTS = {
  instances: 2,
  poolMode: "session",
  poolSize: 20,
  maxClients: 1000,
  readOnly: false,
  resources: { cpu: "100m", cpuLimit: "1", memory: "128Mi" },
} satisfies Partial<PoolerSettings>;
/** The settings of a pooler, with nothing left open. */
export type Pool = PoolerSettings & Required<Pick<PoolerSettings, keyof typeof DEFAULTS>>;

/** Fills in the defaults. */
export function settlePool(settings: PoolerSettings): Pool {
  return withDefaults(DEFAULTS, settings);
}

/** Name of a cluster's pooler, which is its host name too. */
export function poolerName(cluster: string, type: "rw" | "ro" = "rw"): string {
  return type === "rw" ? `${cluster}-pooler` : `${cluster}-pooler-ro`;
}

/** What is wrong with the settings of a pooler; `undefined` when nothing is. */
export function poolerProblem(settings: PoolerSettings): string | undefined {
  const pool = settlePool(settings);
  const wrong = (["instances", "poolSize", "maxClients"] as const).find(
    (key) => !Number.isInteger(pool[key]) || pool[key] < 1,
  );
  if (wrong !== undefined) {
    return `pooler.${wrong} is ${pool[wrong]}; it must be a whole number of at least 1`;
  }
  return undefined;
}
