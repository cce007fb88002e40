/* What a person would share between the objects of one program. */

/** Namespace of everything. */
export const namespace = "shops";

/** Labels of an object. */
export const labelsOf = (name: string, component: string) => ({
  "app.kubernetes.io/managed-by": "stagewright",
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/component": component,
});

/** Traffic to the resolver. */
export const dns = {
  to: [{ namespaceSelector: {} }, { ipBlock: { cidr: "169.254.0.0/16" } }],
  ports: [
    { port: 53, protocol: "UDP" },
    { port: 53, protocol: "TCP" },
  ],
};

/** A container's security context. */
export const containerSecurity = (user: number) => ({
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  seccompProfile: { type: "RuntimeDefault" },
});

/** A pod's security context. */
export const podSecurity = (user: number) => ({
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
});
