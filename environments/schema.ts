import { z } from "zod";
import { backup, drill, recovery, replica } from "./backup-schema";
import { grants } from "./grants-schema";
import { bounded, bytes, cpu, type Leaf, leaf, leaves, name, text, wholeNumber } from "./leaves";
import { release } from "./release-schema";
import { vault } from "./vault-schema";

const resources = z
  .strictObject({
    cpu: cpu("CPU that is reserved for one pod", "250m").optional(),
    cpuLimit: cpu("CPU that one pod may use at most; without it, as much as is reserved", "1").optional(),
    memory: bytes("memory of one pod, reserved and at most", "512Mi").optional(),
  })
  .meta({ description: "what one pod may use" });

const image = z
  .strictObject({
    repository: text(
      /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/,
      "where the image is kept",
      "registry/name in lower case, without scheme, tag and digest",
      "registry.example.com/blog",
    ),
    digest: text(
      /^sha256:[0-9a-f]{64}$/,
      "the image that an earlier stage built and proved",
      "sha256: and 64 hexadecimal digits",
      "sha256:DIGEST",
    ).optional(),
    context: text(
      /^(?!\/).+$/,
      "folder that is built, relative to Pulumi.yaml",
      "a relative path to a folder",
      "examples/blog",
    ).optional(),
    dockerfile: text(
      /^(?!\/).+$/,
      "Dockerfile, relative to Pulumi.yaml; without it, the one in the context",
      "a relative path to a file",
      "examples/blog/Dockerfile",
    ).optional(),
    builder: leaf(
      z.strictObject({
        name: text(/^[\w.-]+$/, "buildx builder", "the name of a buildx builder", "default").optional(),
        arguments: z
          .record(z.string(), leaf(z.string(), "a build argument; never a secret", "text"))
          .optional()
          .meta({ description: "build arguments" }),
        platforms: z
          .array(
            text(
              /^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/,
              "a platform",
              "a platform such as linux/arm64",
              "linux/amd64",
            ),
          )
          .optional()
          .meta({ description: "platforms to build for; without it, the builder's own" }),
        cache: text(
          /^[a-z0-9].*$/,
          "repository of BuildKit's cache",
          "registry/name",
          "registry.example.com/cache",
        ).optional(),
      }),
      "how the image is built",
      "a mapping with name, arguments, platforms, cache",
    ).optional(),
  })
  .meta({ description: "the application's image" });

const database = z
  .strictObject({
    instances: bounded(1, 9, "PostgreSQL instances; from three on, replication is synchronous", 3).optional(),
    version: text(
      /^1[4-9]\.\d+$/,
      "PostgreSQL version of CloudNativePG's own image",
      "a PostgreSQL version such as 17.6",
      "17.6",
    ).optional(),
    image: text(
      /^[^\s@:]+(:\d+\/[^\s@:]+)?:1[4-9]([.-][\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
      "operand image, instead of version",
      "an image whose tag begins with the PostgreSQL version, as CloudNativePG demands",
      "ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie",
    ).optional(),
    storage: bytes("volume of each instance for data; it can only grow", "10Gi").optional(),
    walStorage: bytes("volume of each instance for the write-ahead log; it can only grow", "5Gi").optional(),
    storageClass: name("StorageClass of the volumes", "standard").optional(),
    spread: leaf(
      z.enum(["required", "preferred"]),
      "whether two instances may share a node",
      "required or preferred",
      "required",
    ).optional(),
    deletion: leaf(
      z.enum(["delete", "retain"]),
      "what becomes of the data on destroy",
      "delete or retain",
      "retain",
    ).optional(),
    resources: resources.optional(),
    backup: backup.optional(),
    drill: drill.optional(),
    recovery: recovery.optional(),
    replica: replica.optional(),
    grants: grants.optional(),
  })
  .meta({ description: "the PostgreSQL cluster" });

const application = z
  .strictObject({
    replicas: bounded(1, 50, "pods of the application", 2).optional(),
    resources: resources.optional(),
    host: text(
      /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      "name that people reach the application by",
      "a host name in lower case, without scheme and port",
      "blog.example.com",
    ).optional(),
    port: wholeNumber(1024, 65535, "port that the application listens on", 8080).optional(),
    env: z
      .record(
        text(/^[A-Z_][A-Z0-9_]*$/, "name of a variable", "capital letters, digits and underscores"),
        leaf(z.string(), "an environment variable; never a secret", "text"),
      )
      .optional()
      .meta({ description: "environment variables; secrets belong under secrets" }),
    probes: z
      .strictObject({
        liveness: text(
          /^\/\S*$/,
          "path that answers while the process lives",
          "a path that begins with /",
          "/healthz",
        ).optional(),
        readiness: text(
          /^\/\S*$/,
          "path that answers when a request can be served",
          "a path that begins with /",
          "/readyz",
        ).optional(),
        startupSeconds: wholeNumber(1, 3600, "seconds that a start may take", 120).optional(),
      })
      .optional()
      .meta({ description: "health checks" }),
    imagePullSecrets: z
      .array(name("name of a Secret", "registry"))
      .optional()
      .meta({ description: "Secrets for pulling the image" }),
  })
  .meta({ description: "the web application" });

/** The configuration of a stack, as `Pulumi.<stack>.yaml` holds it under `stagewright:`. */
export const stackConfiguration = z.strictObject({
  environment: leaf(
    z.enum(["test", "int", "prod"]),
    "which environment this stack is; without it, the one of the stack's name",
    "test, int or prod",
    "test",
  ).optional(),
  image,
  database: database.optional(),
  application: application.optional(),
  gateway: z
    .strictObject({
      name: name("the Gateway", "public"),
      namespace: name("the Gateway's namespace", "gateway"),
    })
    .optional()
    .meta({ description: "route from a Gateway that the platform owns" }),
  ingress: z
    .strictObject({
      class: name("IngressClass; there is no default", "traefik"),
      tls: name("Secret with the host's certificate; without it, plain http", "blog-tls").optional(),
    })
    .optional()
    .meta({ description: "route from an Ingress controller" }),
  secrets: z
    .record(
      name("folder under /run/secrets", "application"),
      z.record(
        text(/^[A-Za-z0-9._-]+$/, "name of the file", "letters, digits, dots, dashes and underscores"),
        leaf(z.string().min(1), "an encrypted value", "an encrypted value"),
      ),
    )
    .optional()
    .meta({ description: "the application's secrets, encrypted: folder, file, value" }),
  vault: vault.optional(),
  kubernetes: z
    .strictObject({
      context: text(
        /^\S+$/,
        "kubeconfig context of the cluster that this stack belongs to",
        "the name of a kubeconfig context",
        "CONTEXT",
      ).optional(),
      namespace: name("namespace of all objects", "blog-test").optional(),
    })
    .optional()
    .meta({ description: "where the stack lives" }),
  release: release.optional(),
});

/** A stack's configuration after its shape was checked. */
export type StackConfiguration = z.infer<typeof stackConfiguration>;

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

function child(schema: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  const whole = unwrap(schema);
  if (whole instanceof z.ZodObject) return whole.shape[String(key)] as z.ZodType | undefined;
  if (whole instanceof z.ZodRecord) return whole.valueType as z.ZodType;
  return whole instanceof z.ZodArray ? (whole.element as z.ZodType) : undefined;
}

/** The schema at a path such as `["database", "instances"]`; `undefined` when there is no such key. */
function schemaAt(path: readonly PropertyKey[]): z.ZodType | undefined {
  return path.reduce<z.ZodType | undefined>(
    (schema, key) => (schema ? child(schema, key) : undefined),
    stackConfiguration,
  );
}

/** The keys that a mapping may have; empty where they are free. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const schema = schemaAt(path);
  const whole = schema && unwrap(schema);
  return whole instanceof z.ZodObject ? Object.keys(whole.shape) : [];
}

/** Whether the value at a path is text, and this one would do. */
export function isTextAt(path: readonly PropertyKey[], value?: string): boolean {
  const schema = schemaAt(path);
  const whole = schema && unwrap(schema);
  return whole instanceof z.ZodString && (value === undefined || whole.safeParse(value).success);
}

/** What the value at a path must be, in words, and an example that can be typed. */
export function expectationAt(path: readonly PropertyKey[]): Leaf {
  const schema = schemaAt(path);
  const whole = schema && unwrap(schema);
  const known = whole && leaves.get(whole as never);
  if (known) return known;
  const keys = keysAt(path);
  if (whole instanceof z.ZodArray) return { expected: "a list" };
  return { expected: keys.length > 0 ? `a mapping with ${keys.join(", ")}` : "a mapping" };
}
