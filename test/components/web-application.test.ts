import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { WebApplication, type WebApplicationArgs } from "../../components";
import {
  at,
  build,
  childrenOf,
  dependenciesOf,
  every,
  list,
  one,
  outputsOf,
  TEST_DIGEST,
} from "../support/program";

const IMAGE = `registry.example.com/team/blog@${TEST_DIGEST}`;
const ARGS: WebApplicationArgs = {
  namespace: "blog",
  image: IMAGE,
  resources: { cpu: "100m", memory: "256Mi" },
};
const GATEWAY = { gateway: { name: "public", namespace: "gateway" } };
const SELECTOR = { "app.kubernetes.io/name": "blog", "app.kubernetes.io/component": "web" };

const application = (args: Partial<WebApplicationArgs> = {}) =>
  build(() => void new WebApplication("blog", { ...ARGS, ...args }));
const deployment = async (args: Partial<WebApplicationArgs> = {}) =>
  one(await application(args), "Deployment").inputs;
const pod = async (args: Partial<WebApplicationArgs> = {}) =>
  at(await deployment(args), "spec", "template", "spec");
const container = async (args: Partial<WebApplicationArgs> = {}) => at(await pod(args), "containers", 0);
const urlOf = async (args: Partial<WebApplicationArgs>) =>
  (await outputsOf(() => ({ url: new WebApplication("blog", { ...ARGS, ...args }).url })))["url"];

const spread = (topologyKey: string) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: "ScheduleAnyway",
  labelSelector: { matchLabels: SELECTOR },
  matchLabelKeys: ["pod-template-hash"],
});

describe("WebApplication", () => {
  it("makes an account, a policy, a Deployment and a Service, all of them its own", async () => {
    const registrations = await application();
    const component = one(registrations, "WebApplication");
    assert.equal(component.type, "stagewright:index:WebApplication");
    assert.deepEqual(childrenOf(registrations, component), [
      "kubernetes:apps/v1:Deployment blog",
      "kubernetes:core/v1:Service blog",
      "kubernetes:core/v1:ServiceAccount blog",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy blog",
    ]);
    assert.equal(registrations.length, 5);
  });

  it("keeps its own inputs, which lie in state, empty", async () => {
    const registrations = await application({ env: { LEVEL: pulumi.secret("canary-77aa") } });
    assert.deepEqual(one(registrations, "WebApplication").inputs, {});
    assert.ok(!JSON.stringify(registrations).includes("canary-77aa"));
  });

  it("gives out the names of Deployment and Service", async () => {
    const outputs = await outputsOf(() => {
      const { deploymentName, serviceName } = new WebApplication("blog", ARGS);
      return { deploymentName, serviceName };
    });
    assert.deepEqual(outputs, { deploymentName: "blog", serviceName: "blog" });
  });

  it("labels every object and every pod, and lets no label of the caller hide them from a selector", async () => {
    const expected = { team: "a", "app.kubernetes.io/managed-by": "stagewright", ...SELECTOR };
    const registrations = await application({
      labels: { team: "a", "app.kubernetes.io/name": "theirs", "app.kubernetes.io/component": "theirs" },
      autoscaling: { minReplicas: 2, maxReplicas: 4 },
      host: "blog.example.com",
      ...GATEWAY,
      ingress: { className: "traefik" },
    });
    const objects = registrations.filter(({ custom }) => custom);
    assert.equal(objects.length, 8);
    for (const { type, inputs } of objects) {
      assert.deepEqual(at(inputs, "metadata", "labels"), expected, type);
      assert.equal(at(inputs, "metadata", "name"), "blog", type);
      assert.equal(at(inputs, "metadata", "namespace"), "blog", type);
    }
    const { spec } = one(objects, "Deployment").inputs;
    assert.deepEqual(at(spec, "template", "metadata"), { labels: expected });
    assert.deepEqual(at(spec, "selector"), { matchLabels: SELECTOR });
  });
});

describe("WebApplication's pods", () => {
  it("run under Pod Security restricted as user 10001", async () => {
    assert.deepEqual(at(await pod(), "securityContext"), {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("have one container, without any right and with a read-only root", async () => {
    const containers = at(await pod(), "containers") as readonly unknown[];
    assert.equal(containers.length, 1);
    assert.deepEqual(at(containers, 0, "securityContext"), {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("get no token of the API server, neither by their account nor by themselves", async () => {
    const registrations = await application();
    assert.equal(one(registrations, "ServiceAccount").inputs["automountServiceAccountToken"], false);
    const spec = at(one(registrations, "Deployment").inputs, "spec", "template", "spec");
    assert.equal(at(spec, "automountServiceAccountToken"), false);
    assert.equal(at(spec, "serviceAccountName"), "blog");
    assert.equal(at(spec, "enableServiceLinks"), false);
  });

  it("run the image by its digest, and ask the registry for the right to it each time", async () => {
    const main = await container();
    assert.equal(at(main, "image"), IMAGE);
    assert.equal(at(main, "imagePullPolicy"), "Always");
    assert.equal(at(await pod(), "imagePullSecrets"), undefined);
    assert.deepEqual(at(await pod({ imagePullSecrets: ["registry"] }), "imagePullSecrets"), [
      { name: "registry" },
    ]);
  });

  it("have requests and limits for processor, memory and scratch space", async () => {
    const resources = { cpu: "100m", cpuLimit: "1", memory: "256Mi" };
    assert.deepEqual(at(await container({ resources }), "resources"), {
      requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "1", memory: "256Mi", "ephemeral-storage": "512Mi" },
    });
  });

  it("are probed on the port they listen on, called http", async () => {
    const main = await container({ port: 3000 });
    assert.deepEqual(at(main, "ports"), [{ name: "http", containerPort: 3000 }]);
    assert.deepEqual(at(main, "startupProbe"), {
      httpGet: { path: "/healthz", port: "http" },
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 60,
    });
    assert.deepEqual(at(main, "livenessProbe"), {
      httpGet: { path: "/healthz", port: "http" },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    });
    assert.deepEqual(at(main, "readinessProbe"), {
      httpGet: { path: "/readyz", port: "http" },
      periodSeconds: 2,
      timeoutSeconds: 3,
      failureThreshold: 3,
    });
  });

  it("are probed as the caller says", async () => {
    const main = await container({ probes: { liveness: "/up", readiness: "/ready", startupSeconds: 31 } });
    assert.equal(at(main, "startupProbe", "httpGet", "path"), "/up");
    assert.equal(at(main, "startupProbe", "failureThreshold"), 16);
    assert.equal(at(main, "livenessProbe", "httpGet", "path"), "/up");
    assert.equal(at(main, "readinessProbe", "httpGet", "path"), "/ready");
  });

  it("mount a bounded /tmp, and each secret read-only in a folder of its own", async () => {
    const secrets = [
      { name: "database", secretName: "db-app" },
      { name: "authority", secretName: "db-ca", keys: ["ca.crt"] },
    ];
    const spec = await pod({ secrets });
    assert.deepEqual(at(spec, "volumes"), [
      { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
      { name: "secret-database", secret: { secretName: "db-app", defaultMode: 0o440 } },
      {
        name: "secret-authority",
        secret: { secretName: "db-ca", defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] },
      },
    ]);
    assert.deepEqual(at(spec, "containers", 0, "volumeMounts"), [
      { name: "tmp", mountPath: "/tmp" },
      { name: "secret-database", mountPath: "/run/secrets/database", readOnly: true },
      { name: "secret-authority", mountPath: "/run/secrets/authority", readOnly: true },
    ]);
  });

  it("get the caller's variables and no other", async () => {
    assert.deepEqual(at(await container(), "env"), []);
    assert.deepEqual(at(await container({ env: { LOG_LEVEL: "info" } }), "env"), [
      { name: "LOG_LEVEL", value: "info" },
    ]);
  });

  it("spread over nodes and zones, each rollout counted for itself", async () => {
    assert.deepEqual(at(await pod(), "topologySpreadConstraints"), [
      spread("kubernetes.io/hostname"),
      spread("topology.kubernetes.io/zone"),
    ]);
  });
});

describe("WebApplication's rollout", () => {
  it("never has a pod less than wanted", async () => {
    assert.deepEqual(at(await deployment(), "spec", "strategy"), {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
  });

  it("fails after the declared time without progress", async () => {
    assert.equal(at(await deployment({ progressSeconds: 77 }), "spec", "progressDeadlineSeconds"), 77);
  });

  it("serves on while the load balancers still send requests", async () => {
    assert.deepEqual(at(await container(), "lifecycle"), { preStop: { sleep: { seconds: 10 } } });
  });

  it("gives a leaving pod more time than the wait before its end and its last requests take", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3600 }), async (drainSeconds) => {
        const spec = await pod({ drainSeconds });
        const wait = Number(at(spec, "containers", 0, "lifecycle", "preStop", "sleep", "seconds"));
        assert.ok(wait > 0);
        assert.ok(Number(at(spec, "terminationGracePeriodSeconds")) > wait + drainSeconds);
      }),
      { numRuns: 5 },
    );
    assert.equal(at(await pod(), "terminationGracePeriodSeconds"), 45);
  });

  it("restarts no pod for a comment: annotations stay with the Deployment", async () => {
    const annotations = { "stagewright/commit": "1f0c3ab", "stagewright/version": "1.2.3" };
    const marked = await deployment({ annotations });
    assert.deepEqual(at(marked, "metadata", "annotations"), annotations);
    assert.deepEqual(at(marked, "spec"), at(await deployment(), "spec"));
  });

  it("tells a failure once: the Service comes after the Deployment", async () => {
    const registrations = await application({ host: "blog.example.com", ...GATEWAY });
    assert.deepEqual(dependenciesOf(registrations, one(registrations, "Service")), [
      "kubernetes:apps/v1:Deployment blog",
    ]);
    assert.deepEqual(dependenciesOf(registrations, one(registrations, "HTTPRoute")), [
      "kubernetes:core/v1:Service blog",
    ]);
  });

  it("protects and retains nothing: all of it can be made again", async () => {
    const kept = (await application({ replicas: 2, host: "h.example.com", ...GATEWAY })).filter(
      ({ protect, retainOnDelete }) => protect || retainOnDelete,
    );
    assert.deepEqual(list(kept), []);
  });
});

describe("WebApplication's number of pods", () => {
  it("is one unless declared", async () => {
    assert.equal(at(await deployment(), "spec", "replicas"), 1);
    assert.equal(at(await deployment({ replicas: 4 }), "spec", "replicas"), 4);
  });

  it("is left to the autoscaler where there is one", async () => {
    const registrations = await application({ autoscaling: { minReplicas: 2, maxReplicas: 6 } });
    const { spec } = one(registrations, "Deployment").inputs;
    assert.ok(!Object.hasOwn(spec as object, "replicas"), "each `up` would undo the autoscaler's work");
    assert.deepEqual(one(registrations, "HorizontalPodAutoscaler").inputs["spec"], {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "blog" },
      minReplicas: 2,
      maxReplicas: 6,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
        },
      ],
    });
  });

  it("follows the declared use of the processor", async () => {
    const registrations = await application({
      autoscaling: { minReplicas: 1, maxReplicas: 2, cpuPercent: 50 },
    });
    const { inputs } = one(registrations, "HorizontalPodAutoscaler");
    const target = at(inputs, "spec", "metrics", 0, "resource", "target", "averageUtilization");
    assert.equal(target, 50);
  });

  const budgets: readonly (readonly [title: string, args: Partial<WebApplicationArgs>, budget: boolean])[] = [
    ["no budget with one pod: it could only block its node", {}, false],
    ["a budget with two pods", { replicas: 2 }, true],
    ["no budget with one pod at least", { autoscaling: { minReplicas: 1, maxReplicas: 9 } }, false],
    ["a budget with two pods at least", { autoscaling: { minReplicas: 2, maxReplicas: 9 } }, true],
  ];
  for (const [title, args, budget] of budgets) {
    it(`brings ${title}`, async () => {
      const found = every(await application(args), "PodDisruptionBudget").map(({ inputs }) => inputs["spec"]);
      const expected = {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: SELECTOR },
      };
      assert.deepEqual(found, budget ? [expected] : []);
    });
  }
});

describe("WebApplication's way in", () => {
  const host = "blog.example.com";

  it("is a Service on port 80, reached within the cluster", async () => {
    const registrations = await application({ port: 3000 });
    assert.deepEqual(one(registrations, "Service").inputs["spec"], {
      type: "ClusterIP",
      selector: SELECTOR,
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    });
  });

  it("is, by default, no route at all and no address", async () => {
    const registrations = await application({ host });
    assert.equal(every(registrations, "HTTPRoute").length + every(registrations, "Ingress").length, 0);
    assert.equal(await urlOf({ host }), undefined);
  });

  it("is a route from the Gateway, awaited until the Gateway has taken it up", async () => {
    const registrations = await application({ host, ...GATEWAY });
    assert.equal(every(registrations, "Ingress").length, 0);
    const { inputs } = one(registrations, "HTTPRoute");
    assert.deepEqual(inputs["spec"], {
      parentRefs: [{ name: "public", namespace: "gateway" }],
      hostnames: [host],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [{ name: "blog", port: 80 }],
        },
      ],
    });
    assert.deepEqual(JSON.parse(String(at(inputs, "metadata", "annotations", "pulumi.com/waitFor"))), [
      'jsonpath={.status.parents[?(@.parentRef.name=="public")].conditions[?(@.type=="Accepted")].status}=True',
      'jsonpath={.status.parents[?(@.parentRef.name=="public")].conditions[?(@.type=="ResolvedRefs")].status}=True',
    ]);
  });

  it("is an Ingress of the named class", async () => {
    const registrations = await application({
      host,
      ingress: { className: "traefik", tlsSecretName: "tls" },
    });
    assert.equal(every(registrations, "HTTPRoute").length, 0);
    assert.deepEqual(one(registrations, "Ingress").inputs["spec"], {
      ingressClassName: "traefik",
      tls: [{ hosts: [host], secretName: "tls" }],
      rules: [
        {
          host,
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: "blog", port: { name: "http" } } },
              },
            ],
          },
        },
      ],
    });
  });

  it("has no TLS at an Ingress without a certificate", async () => {
    const registrations = await application({ host, ingress: { className: "traefik" } });
    assert.equal(at(one(registrations, "Ingress").inputs, "spec", "tls"), undefined);
  });

  it("is both, for moving from one to the other", async () => {
    const registrations = await application({ host, ...GATEWAY, ingress: { className: "traefik" } });
    one(registrations, "HTTPRoute");
    one(registrations, "Ingress");
  });

  const addresses: readonly (readonly [title: string, args: Partial<WebApplicationArgs>, url: string])[] = [
    ["https behind a Gateway alone", GATEWAY, `https://${host}`],
    ["http behind an Ingress without TLS", { ingress: { className: "x" } }, `http://${host}`],
    [
      "https behind an Ingress with TLS",
      { ingress: { className: "x", tlsSecretName: "t" } },
      `https://${host}`,
    ],
    [
      "http behind both, when the Ingress has no TLS",
      { ...GATEWAY, ingress: { className: "x" } },
      `http://${host}`,
    ],
  ];
  for (const [title, args, url] of addresses) {
    it(`has an address with ${title}`, async () => {
      assert.equal(await urlOf({ host, ...args }), url);
    });
  }
});

describe("WebApplication refuses", () => {
  const noHost =
    "`host` must be given together with `gateway` or `ingress`: a route needs a name to answer to";
  const table: readonly (readonly [title: string, args: Partial<WebApplicationArgs>, message: string])[] = [
    [
      "a number of pods next to an autoscaler",
      { replicas: 2, autoscaling: { minReplicas: 1, maxReplicas: 2 } },
      "`replicas` and `autoscaling` cannot both be given: the autoscaler owns the number of pods",
    ],
    [
      "an autoscaler with more pods at least than at most",
      { autoscaling: { minReplicas: 3, maxReplicas: 2 } },
      "autoscaling.minReplicas is 3, more than maxReplicas, which is 2",
    ],
    ["a Gateway without a host", GATEWAY, noHost],
    ["an Ingress without a host", { ingress: { className: "x" } }, noHost],
    [
      "a port that its user may not open",
      { port: 1023 },
      "port is 1023; it must be 1024 or above, as user 10001 may not open lower ones",
    ],
    [
      "two secrets in one folder",
      {
        secrets: [
          { name: "a", secretName: "x" },
          { name: "b", secretName: "y" },
          { name: "a", secretName: "z" },
        ],
      },
      'secrets has two entries with the name "a"; each is a folder of its own',
    ],
  ];
  for (const [title, args, message] of table) {
    it(title, async () => {
      await assert.rejects(application(args), (error: Error) => {
        assert.ok(pulumi.ResourceError.isInstance(error), String(error));
        assert.equal(error.message, message);
        return true;
      });
    });
  }

  it("nothing at the very limits", async () => {
    assert.equal((await application({ port: 1024 })).length, 5);
    assert.equal((await application({ autoscaling: { minReplicas: 1, maxReplicas: 1 } })).length, 6);
  });
});
