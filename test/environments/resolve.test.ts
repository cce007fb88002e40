import assert from "node:assert/strict";
import * as fc from "fast-check";
import { int } from "../../environments/int";
import { prod } from "../../environments/prod";
import { describeMistakes } from "../../environments/mistakes";
import { type ResolvedStack, resolveStack } from "../../environments/resolve";
import { test } from "../../environments/test";

const repository = "registry.example.com/team/blog";
const digest = `sha256:${"a".repeat(64)}`;
const host = "blog.example.com";
const gateway = { name: "public", namespace: "gateway" };
const promoted = { image: { repository, digest }, application: { host }, gateway };

function settled(stack: string, raw: Readonly<Record<string, unknown>>): ResolvedStack {
  const resolution = resolveStack(stack, raw);
  if ("mistakes" in resolution) assert.fail(describeMistakes(stack, resolution.mistakes));
  return resolution.stack;
}

const smoke = { checks: ["/healthz", "/readyz", "/"].map((path) => ({ path, status: 200 })) };
const usual = { port: 8080, env: {}, probes: {}, imagePullSecrets: [] };
const operand = "ghcr.io/cloudnative-pg/postgresql:18.4-standard-trixie";

describe("a stack that says the least", () => {
  it("is small and throw-away in test, and builds its image", () => {
    assert.deepEqual(settled("test", { image: { repository } }), {
      stack: "test",
      definition: test,
      image: { repository, build: { context: "examples/blog" } },
      database: {
        instances: 1,
        image: operand,
        storage: "1Gi",
        walStorage: "512Mi",
        spread: "preferred",
        deletion: "delete",
        resources: { cpu: "100m", cpuLimit: "1", memory: "512Mi" },
      },
      application: { ...usual, replicas: 1, resources: { cpu: "100m", cpuLimit: "1", memory: "256Mi" } },
      route: {},
      secrets: {},
      delivery: { method: "kubernetes" },
      kubernetes: { namespace: "blog-test" },
      release: { smoke, soakMinutes: 0, signatureRequired: false, rollback: "manual" },
    });
  });

  it("has the shape of production in int, in small, with the image that test proved", () => {
    assert.deepEqual(settled("int", promoted), {
      stack: "int",
      definition: int,
      image: { repository, digest },
      database: {
        instances: 3,
        image: operand,
        storage: "5Gi",
        walStorage: "2Gi",
        spread: "preferred",
        deletion: "retain",
        resources: { cpu: "250m", cpuLimit: "1", memory: "1Gi" },
      },
      application: {
        ...usual,
        host,
        replicas: 2,
        resources: { cpu: "100m", cpuLimit: "1", memory: "256Mi" },
      },
      route: { gateway },
      secrets: {},
      delivery: { method: "kubernetes" },
      kubernetes: { namespace: "blog-int" },
      release: { from: "test", smoke, soakMinutes: 0, signatureRequired: false, rollback: "automatic" },
    });
  });

  it("is spread, retained and bound to its cluster in prod", () => {
    assert.deepEqual(settled("prod", { ...promoted, kubernetes: { context: "production" } }), {
      stack: "prod",
      definition: prod,
      image: { repository, digest },
      database: {
        instances: 3,
        image: operand,
        storage: "50Gi",
        walStorage: "10Gi",
        spread: "required",
        deletion: "retain",
        resources: { cpu: "1", memory: "2Gi" },
      },
      application: {
        ...usual,
        host,
        replicas: 3,
        resources: { cpu: "250m", cpuLimit: "1", memory: "512Mi" },
      },
      route: { gateway },
      secrets: {},
      delivery: { method: "kubernetes" },
      kubernetes: { context: "production", namespace: "blog-prod" },
      release: { from: "int", smoke, soakMinutes: 0, signatureRequired: true, rollback: "automatic" },
    });
  });
});

describe("the smoke test of a stack that declares none", () => {
  it("asks for both probes' paths and the first page", () => {
    const { release } = settled("test", {
      image: { repository },
      application: { probes: { liveness: "/live", readiness: "/ready" } },
    });
    assert.deepEqual(
      release.smoke.checks.map(({ path }) => path),
      ["/live", "/ready", "/"],
    );
  });
});

describe("what a stack says itself", () => {
  const raw = {
    image: {
      repository,
      context: "services/blog",
      dockerfile: "services/blog/Containerfile",
      builder: {
        name: "remote",
        arguments: { BASE: "debian" },
        platforms: ["linux/arm64"],
        cache: "registry.example.com/cache",
      },
    },
    database: {
      instances: 3,
      version: "17.6",
      storage: "20Gi",
      walStorage: "4Gi",
      storageClass: "fast",
      spread: "required",
      deletion: "retain",
      resources: { memory: "2Gi" },
    },
    application: {
      replicas: 5,
      resources: { cpu: "500m" },
      host,
      port: 3000,
      env: { LOG_LEVEL: "debug" },
      probes: { liveness: "/live", startupSeconds: 30 },
      imagePullSecrets: ["registry"],
    },
    gateway,
    ingress: { class: "traefik", tls: "blog-tls" },
    secrets: { application: { "signing-secret": "v" } },
    kubernetes: { context: "kind", namespace: "weblog" },
    release: {
      soakMinutes: 30,
      smoke: {
        checks: [
          { path: "/", contains: "Blog" },
          { path: "/gone", status: 404 },
        ],
        command: "prove smoke",
        directory: "services/blog",
      },
      signing: { key: "cosign.pub" },
      rollback: "automatic",
    },
  };

  it("wins over the environment, and single sizes merge into the environment's", () => {
    assert.deepEqual(settled("test", raw), {
      stack: "test",
      definition: test,
      image: {
        repository,
        build: {
          context: "services/blog",
          dockerfile: "services/blog/Containerfile",
          builder: "remote",
          arguments: { BASE: "debian" },
          platforms: ["linux/arm64"],
          cacheRepository: "registry.example.com/cache",
        },
      },
      database: {
        instances: 3,
        image: "ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie",
        storage: "20Gi",
        walStorage: "4Gi",
        storageClass: "fast",
        spread: "required",
        deletion: "retain",
        resources: { cpu: "100m", cpuLimit: "1", memory: "2Gi" },
      },
      application: {
        replicas: 5,
        resources: { cpu: "500m", cpuLimit: "1", memory: "256Mi" },
        host,
        port: 3000,
        env: { LOG_LEVEL: "debug" },
        probes: { liveness: "/live", startupSeconds: 30 },
        imagePullSecrets: ["registry"],
      },
      route: { gateway, ingress: { className: "traefik", tlsSecretName: "blog-tls" } },
      secrets: { application: { "signing-secret": "v" } },
      delivery: { method: "kubernetes" },
      kubernetes: { context: "kind", namespace: "weblog" },
      release: {
        soakMinutes: 30,
        smoke: {
          checks: [
            { path: "/", status: 200, contains: "Blog" },
            { path: "/gone", status: 404 },
          ],
          command: "prove smoke",
          directory: "services/blog",
        },
        signing: { key: "cosign.pub" },
        signatureRequired: false,
        rollback: "automatic",
      },
    });
  });

  it("may be a database image of its own", () => {
    const image = "registry.example.com:5000/postgresql:17.6-own";
    assert.equal(settled("test", { image: { repository }, database: { image } }).database.image, image);
  });

  it("may be a digest in test, and then nothing is built", () => {
    assert.deepEqual(settled("test", { image: { repository, digest } }).image, { repository, digest });
  });

  it("chooses the environment of a stack with another name", () => {
    const review = settled("review-12", { image: { repository }, environment: "test" });
    assert.equal(review.definition, test);
    assert.equal(review.kubernetes.namespace, "blog-review-12");
    assert.equal(settled("int", { image: { repository }, environment: "test" }).definition, test);
  });

  it("wins within the environment's bounds, and no further", () => {
    const range = fc.integer({ min: -2, max: 60 });
    fc.assert(
      fc.property(range, range, (instances, replicas) => {
        const resolution = resolveStack("prod", {
          ...promoted,
          database: { instances },
          application: { host, replicas },
          kubernetes: { context: "production" },
        });
        const within = instances >= 3 && instances <= 9 && replicas >= 2 && replicas <= 50;
        assert.equal("stack" in resolution, within);
        if (!("stack" in resolution)) return;
        assert.equal(resolution.stack.database.instances, instances);
        assert.equal(resolution.stack.application.replicas, replicas);
      }),
    );
  });
});

const namespaceOf = (stack: string, image = repository) =>
  settled(stack, { image: { repository: image }, environment: "test" }).kubernetes.namespace;

describe("the namespace of a stack that names none", () => {
  it("is the image's name and the stack's", () => {
    assert.equal(namespaceOf("test"), "blog-test");
    assert.equal(namespaceOf("test", "registry.example.com/my_blog.web"), "my-blog-web-test");
  });

  it("is a name that Kubernetes takes, whatever the stack is called", () => {
    const letters = [..."abcXYZ019-_."];
    const stackNames = fc.string({
      unit: fc.constantFrom(...letters),
      minLength: 1,
      maxLength: 100,
      size: "max",
    });
    fc.assert(
      fc.property(stackNames, (stack) => {
        assert.match(namespaceOf(stack), /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      }),
    );
  });
});
