/** How long things may take; each value is ours, as the operator's own are made for other jobs. */
export interface Timings {
  readonly failoverDelay: number;
  readonly startDelay: number;
  readonly stopDelay: number;
  readonly switchoverDelay: number;
  readonly smartShutdownTimeout: number;
  readonly primaryLease: PrimaryLease;
  readonly probes: { readonly startup: Probe; readonly readiness: Probe; readonly liveness: LivenessProbe };
}

/** The lease that an instance must hold before it promotes itself. */
export interface PrimaryLease {
  readonly leaseDurationSeconds: number;
  readonly renewDeadlineSeconds: number;
  readonly retryPeriodSeconds: number;
  readonly releasedLeaseDurationSeconds: number;
}

/** A probe of an instance; the operator chooses what it asks. */
export interface Probe {
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold?: number;
}

/** The probe that restarts an instance, and stops a primary that sees neither the API server nor a standby. */
export interface LivenessProbe extends Probe {
  readonly isolationCheck: {
    readonly enabled: boolean;
    readonly requestTimeout: number;
    readonly connectionTimeout: number;
  };
}

/** Seconds, those of the isolation check milliseconds. */
export const TIMINGS: Timings = {
  // Every second before a failover begins is one without writes; the lease and the quorum make haste safe.
  failoverDelay: 0,
  // A replay after a crash is never interrupted: a restart would only begin it again.
  startDelay: 3600,
  // Above the shutdown of a busy instance, far below the operator's 1800 s, which block the drain of a node.
  stopDelay: 120,
  // A primary that cannot archive its last log must not hold a switchover for 3600 s.
  switchoverDelay: 60,
  // Pools never leave by themselves, so not 180 s; without any, the outage of a deleted pod was longer when measured.
  smartShutdownTimeout: 15,
  primaryLease: {
    // Longer than an API server's own failover takes: below it, healthy primaries would be deposed.
    leaseDurationSeconds: 15,
    renewDeadlineSeconds: 10,
    // Bounds the hand-over of a switchover, which waits for nothing else; the operator's 2 s double it.
    retryPeriodSeconds: 1,
    releasedLeaseDurationSeconds: 1,
  },
  probes: {
    // An instance that restarted serves within a second of being ready, not at the next of a probe every 10 s.
    startup: { periodSeconds: 1, timeoutSeconds: 5 },
    // A primary that hangs is noticed after 15 s instead of 30 s; fewer would depose one that is merely busy.
    readiness: { periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
    liveness: {
      // An isolated primary is dead after 30 s, before Kubernetes declares its node lost (40 s at the earliest).
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
      // Twice the operator's 1 s: one slow answer is no isolation; both together stay below the probe's 5 s.
      isolationCheck: { enabled: true, requestTimeout: 2000, connectionTimeout: 2000 },
    },
  },
};

/** PostgreSQL's parameters that decide how soon a cluster with standbys is whole again. */
export const REPLICATION_TIMINGS: Readonly<Record<string, string>> = {
  // After a failover every commit waits for a standby that follows. Of a deleted pod's outage, 1 s between its tries made
  // least: 3.5 s, with 500 ms 5.1 s (a node refuses once a second only: icmp_ratelimit), with 2 s 4.7 s.
  wal_retrieve_retry_interval: "1s",
};
