/* Objects as they are deployed and as a cluster has them, and what an engine and kubectl say of them. */

export const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "v1:x",
};
export const OURS = { manager: "pulumi-kubernetes-1a2b3c4d", operation: "Apply" };
export const LABELS = { "app.kubernetes.io/managed-by": "stagewright" };

/** An object of JSON. */
export type Json = Record<string, unknown>;

export const deployment = (spec: Json = {}, metadata: Json = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "blog", namespace: "blog-test", labels: LABELS, ...metadata },
  spec: {
    replicas: 2,
    template: {
      spec: { containers: [{ name: "web", image: "blog@sha256:a", env: [{ name: "LOG", value: "info" }] }] },
    },
    ...spec,
  },
});
export const secret = (value: unknown) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "blog-application", namespace: "blog-test" },
  stringData: value,
});
export const containers = (...env: object[]) => ({
  template: { spec: { containers: [{ name: "web", image: "blog@sha256:a", env }] } },
});
export const INFO = { name: "LOG", value: "info" };
export const managed = (manager: string, fieldsV1: Json, more: Json = {}) => ({
  managedFields: [
    { ...OURS, fieldsV1: { "f:spec": { "f:replicas": {} } } },
    { manager, operation: "Update", fieldsV1, ...more },
  ],
});
export const envOf = (name: string) => ({
  "f:spec": {
    "f:template": {
      "f:spec": {
        "f:containers": {
          'k:{"name":"web"}': {
            "f:env": { [`k:{"name":"${name}"}`]: { ".": {}, "f:name": {}, "f:value": {} } },
          },
        },
      },
    },
  },
});

export const rules = (port: number, ...more: object[]) => ({ rules: [{ port }, ...more] });

export const event = (op: string, type: string, old: Json, found: Json | null) => ({
  resOutputsEvent: { metadata: { op, type, urn: `urn:pulumi:test::p::${type}::thing`, old, new: found } },
});

export const row = (api: string, kind: string, name: string, owner = "<none>", component = "<none>") =>
  `${api}   ${kind}   ${name}   ${owner}   ${component}\n`;
