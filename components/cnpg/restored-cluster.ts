import type { Input } from "@pulumi/pulumi";
import { recoveryBootstrap, recoveryOrigin } from "./recovery";
import { TIMINGS } from "./timings";

/** A cluster that is made from another one's archive, looked at, and removed. */
export interface RestoredCluster {
  readonly name: string;
  readonly namespace: Input<string>;
  readonly labels: Readonly<Record<string, string>>;
  /** The archive that it is made from. */
  readonly objectStoreName: Input<string>;
  readonly serverName: string;
  /** Time to stop at. */
  readonly targetTime: string;
  readonly database: Input<string>;
  readonly owner: Input<string>;
  /** What of the live cluster's specification it takes over: its log cannot be replayed with smaller settings. */
  readonly live: LiveParts;
  /**
   * Secrets of the live cluster that it is to use instead of its own: the application's password, and what signs
   * certificates. Whoever asks it then needs no right to Secrets that are not there yet.
   */
  readonly secrets?: { readonly application: string; readonly authority: string };
}

/** Fields of a cluster's specification. */
export type LiveParts = Readonly<Record<string, unknown>> & {
  readonly imageName: Input<string>;
  readonly postgresql?: Readonly<Record<string, unknown>>;
};

/**
 * One instance, restored from the newest base backup up to the target. It archives nothing, so the live cluster's
 * archive stays as it is.
 */
export function restoredCluster(restored: RestoredCluster): Record<string, unknown> {
  const { name, namespace, labels, objectStoreName, serverName, targetTime, database, owner } = restored;
  const { live, secrets } = restored;
  // With one instance there is nobody who could acknowledge a commit.
  const { synchronous: _synchronous, ...postgresql } = live.postgresql ?? {};
  const recovery = recoveryBootstrap({ serverName, targetTime }, database).recovery;
  const secret = secrets && { name: secrets.application };
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name, namespace, labels },
    spec: {
      ...live,
      instances: 1,
      enablePDB: false,
      enableSuperuserAccess: false,
      ...TIMINGS,
      postgresql,
      ...(secrets ? { certificates: { serverCASecret: secrets.authority } } : {}),
      bootstrap: { recovery: { ...recovery, owner, ...(secret ? { secret } : {}) } },
      externalClusters: [recoveryOrigin({ serverName, objectStoreName }, name)],
    },
  };
}
