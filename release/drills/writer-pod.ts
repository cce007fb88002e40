import { containerSecurityContext, podSecurityContext } from "../../components/manifests/pod-security";
import { WRITER_SECONDS } from "./limits";
import type { Target } from "./writer";

/** User of CloudNativePG's operand images. */
const POSTGRES_USER = 26;

/** A Secret as a volume: all its files, or one. */
const secretVolume = (name: string, secretName: string, key?: string) => ({
  name,
  secret: { secretName, defaultMode: 0o440, ...(key ? { items: [{ key, path: key }] } : {}) },
});

const awayFrom = (node: string) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "NotIn", values: [node] }] }],
    },
  },
});

/** The pod that writes as the application does: its Secret, its Service, under Pod Security restricted. */
export function writerPod(
  { namespace, cluster, clientLabels }: Target,
  name: string,
  image: string,
  script: string,
  notOn?: string,
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      // Of another component than the application's pods, so that no Service sends it requests.
      labels: { ...clientLabels, "app.kubernetes.io/component": "drill-writer" },
    },
    spec: {
      restartPolicy: "Never",
      // A drill that is killed cannot end it.
      activeDeadlineSeconds: WRITER_SECONDS,
      ...(notOn === undefined ? {} : { affinity: awayFrom(notOn) }),
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: podSecurityContext(POSTGRES_USER),
      containers: [
        {
          name: "writer",
          image,
          command: ["sh", "-c", script],
          resources: {
            requests: { cpu: "50m", memory: "64Mi" },
            limits: { cpu: "500m", memory: "64Mi" },
          },
          securityContext: containerSecurityContext(POSTGRES_USER),
          volumeMounts: [
            { name: "database", mountPath: "/run/secrets/database", readOnly: true },
            { name: "database-ca", mountPath: "/run/secrets/database-ca", readOnly: true },
          ],
        },
      ],
      volumes: [
        secretVolume("database", `${cluster}-app`),
        secretVolume("database-ca", `${cluster}-ca`, "ca.crt"),
      ],
    },
  };
}
