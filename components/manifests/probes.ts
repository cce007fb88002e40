import type { Input } from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";

/** Paths that tell whether the application lives and whether it can serve. */
export interface Probes {
  /**
   * Path that answers 2xx as long as the process lives; it must not depend on the database, or an outage there
   * restarts every pod.
   *
   * @default "/healthz"
   */
  readonly liveness?: Input<string>;
  /**
   * Path that answers 2xx when the application can serve a request, its database included.
   *
   * @default "/readyz"
   */
  readonly readiness?: Input<string>;
  /**
   * Seconds that a start may take, migrations included, before the container is restarted.
   *
   * @default 120
   */
  readonly startupSeconds?: number;
}

type ContainerProbes = Pick<
  types.input.core.v1.Container,
  "startupProbe" | "livenessProbe" | "readinessProbe"
>;

/**
 * The three probes of a container that listens on the port called `http`.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export function containerProbes(probes: Probes = {}): ContainerProbes {
  const alive = { path: probes.liveness ?? "/healthz", port: "http" };
  const startPeriod = 2;
  return {
    startupProbe: {
      httpGet: alive,
      periodSeconds: startPeriod,
      timeoutSeconds: 2,
      failureThreshold: Math.ceil((probes.startupSeconds ?? 120) / startPeriod),
    },
    // Slow to judge: a restart loses the requests under way.
    livenessProbe: { httpGet: alive, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    // Quick to judge: a pod that cannot serve must leave the Service at once.
    readinessProbe: {
      httpGet: { path: probes.readiness ?? "/readyz", port: "http" },
      periodSeconds: 2,
      timeoutSeconds: 3,
      failureThreshold: 3,
    },
  };
}
