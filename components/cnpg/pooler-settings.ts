import type { Input } from "@pulumi/pulumi";
import type { Resources } from "../manifests/resources";

/** For how long a client keeps a connection to PostgreSQL. */
export const PoolMode = {
  /** As long as it is connected: everything that PostgreSQL can do works. */
  Session: "session",
  /** For one transaction: session settings, advisory locks and LISTEN do not work. */
  Transaction: "transaction",
} as const;
/** For how long a client keeps a connection to PostgreSQL. */
export type PoolMode = (typeof PoolMode)[keyof typeof PoolMode];

/** PgBouncer between the clients and the instances. */
export interface PoolerSettings {
  /**
   * Number of PgBouncer pods.
   *
   * @default 2
   */
  readonly instances?: number;
  /**
   * For how long a client keeps a connection to PostgreSQL.
   *
   * @default "session"
   */
  readonly poolMode?: PoolMode;
  /**
   * Connections to PostgreSQL for each pair of user and database, in each pod.
   *
   * @default 20
   */
  readonly poolSize?: number;
  /**
   * Clients that may be connected to one pod.
   *
   * @default 1000
   */
  readonly maxClients?: number;
  /**
   * Whether there is a second pooler, which leads to the standbys.
   *
   * @default false
   */
  readonly readOnly?: boolean;
  /**
   * Image of PgBouncer.
   *
   * @default - the operator's own
   */
  readonly image?: Input<string>;
  /**
   * What one pod may use.
   *
   * @default - 100m CPU, 1 at most, and 128Mi
   */
  readonly resources?: Resources;
}
