import assert from "node:assert/strict";
import {
  containersOf,
  hardeningViolations,
  restrictedViolations,
  serviceViolations,
} from "./support/pod-security";
import { PolicyEvaluator } from "./support/policy-evaluator";
import { at } from "./support/program";
import { manifest, podsOf, rendered, runAll, STACKS } from "./support/stacks";

describe("Every pod", () => {
  before(runAll);
  for (const stack of STACKS) {
    it(`of ${stack} is one of those that are looked at here`, () => {
      const owners = podsOf(stack).map(({ owner }) => owner.kind);
      assert.deepEqual(owners.toSorted(), ["Deployment", "Job"]);
    });

    it(`of ${stack} meets Pod Security restricted, which its namespace enforces`, () => {
      for (const { owner, pod } of podsOf(stack)) assert.deepEqual(restrictedViolations(pod), [], owner.kind);
      assert.deepEqual(at(manifest(stack, "Namespace").metadata, "labels"), {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      });
    });

    it(`of ${stack} meets our own policy`, () => {
      for (const { owner, pod } of podsOf(stack)) assert.deepEqual(hardeningViolations(pod), [], owner.kind);
    });

    it(`of ${stack} has a user above those of a node, but for the database image's own`, () => {
      const users = podsOf(stack).map(({ owner, pod }) => {
        const ids = containersOf(pod).map((container) => [
          at(container, "securityContext", "runAsUser"),
          at(container, "securityContext", "runAsGroup"),
        ]);
        return [owner.kind, ...ids];
      });
      assert.deepEqual(
        new Map(users.map(([kind, ...ids]) => [kind, ids])),
        new Map<unknown, unknown>([
          ["Deployment", [[10001, 10001]]],
          ["Job", [[26, 26]]],
        ]),
      );
    });

    it(`of ${stack} is isolated in both directions by a NetworkPolicy`, () => {
      const policies = new PolicyEvaluator(rendered(stack));
      for (const { owner, labels } of podsOf(stack)) {
        const pod = { namespace: `blog-${stack}`, labels: labels as Readonly<Record<string, string>> };
        assert.ok(policies.isolates(pod, "ingress") && policies.isolates(pod, "egress"), owner.kind);
      }
    });

    it(`of ${stack} that serves is probed, leaves with notice, and is pulled by digest`, () => {
      const { spec } = manifest(stack, "Deployment");
      const pod = at(spec, "template", "spec");
      assert.deepEqual(serviceViolations(pod), []);
      for (const container of containersOf(pod)) {
        assert.match(String(at(container, "image")), /@sha256:[0-9a-f]{64}$/);
        assert.equal(at(container, "imagePullPolicy"), "Always");
      }
    });
  }
});

describe("Every object", () => {
  before(runAll);
  for (const stack of STACKS) {
    it(`of ${stack} is in the stack's namespace, not in the default one`, () => {
      const strays = rendered(stack).filter(
        ({ kind, metadata }) => kind !== "Namespace" && metadata.namespace !== `blog-${stack}`,
      );
      assert.deepEqual(strays, []);
    });

    it(`of ${stack} that selects pods finds some, and its ports exist`, () => {
      const labels = [
        ...podsOf(stack).map((found) => found.labels as Readonly<Record<string, string>>),
        { "cnpg.io/cluster": "blog-db", "cnpg.io/podRole": "instance" },
      ];
      const selectors = rendered(stack).flatMap(({ kind, spec }) => {
        if (kind === "Service") return [at(spec, "selector")];
        if (kind === "NetworkPolicy") return [at(spec, "podSelector", "matchLabels")];
        return kind === "PodDisruptionBudget" || kind === "Deployment"
          ? [at(spec, "selector", "matchLabels")]
          : [];
      });
      assert.ok(selectors.length >= 6);
      for (const selector of selectors) {
        const wanted = Object.entries(selector as Readonly<Record<string, string>>);
        assert.ok(
          wanted.length > 0 && labels.some((pod) => wanted.every(([key, value]) => at(pod, key) === value)),
          JSON.stringify(selector),
        );
      }
      const service = rendered(stack).find(
        ({ kind, metadata }) => kind === "Service" && metadata.name === "blog",
      );
      const ports = at(
        containersOf(at(manifest(stack, "Deployment")["spec"], "template", "spec"))[0],
        "ports",
      );
      const names = (ports as readonly unknown[]).map((port) => at(port, "name"));
      assert.ok(names.includes(at(service?.["spec"], "ports", 0, "targetPort")));
    });

    it(`of ${stack} gives no right in the API server and opens no port of a node`, () => {
      const kinds = rendered(stack).map(({ kind }) => kind);
      assert.deepEqual(
        kinds.filter((kind) => /Role/.test(kind)),
        [],
      );
      const types = rendered(stack)
        .filter(({ kind }) => kind === "Service")
        .map(({ spec }) => at(spec, "type") ?? "ClusterIP");
      assert.deepEqual(types, ["ClusterIP", "ClusterIP"]);
      assert.ok(!JSON.stringify(rendered(stack)).includes("externalIPs"));
    });
  }

  it("of int and prod has a budget that lets nodes be drained", () => {
    for (const stack of ["int", "prod"] as const) {
      const { spec } = manifest(stack, "PodDisruptionBudget");
      assert.equal(at(spec, "maxUnavailable"), 1);
      assert.equal(at(spec, "unhealthyPodEvictionPolicy"), "AlwaysAllow");
      assert.ok(Number(at(manifest(stack, "Deployment")["spec"], "replicas")) > 1);
    }
    assert.equal(rendered("test").filter(({ kind }) => kind === "PodDisruptionBudget").length, 0);
  });
});

describe("The checks themselves", () => {
  const naive = {
    hostNetwork: true,
    volumes: [
      { name: "node", hostPath: { path: "/" } },
      { name: "login", secret: { secretName: "login" } },
    ],
    containers: [
      {
        name: "web",
        image: "blog:latest",
        env: [
          { name: "DB_PASSWORD", value: "x" },
          { name: "DB", valueFrom: { secretKeyRef: { name: "login", key: "uri" } } },
        ],
        envFrom: [{ secretRef: { name: "login" } }],
        ports: [{ containerPort: 80, hostPort: 80 }],
        livenessProbe: { httpGet: { host: "example.com", path: "/", port: 80 } },
        securityContext: {
          privileged: true,
          runAsUser: 0,
          procMount: "Unmasked",
          capabilities: { add: ["SYS_ADMIN"] },
        },
        volumeMounts: [{ name: "login", mountPath: "/login" }],
      },
    ],
  };

  it("find everything that Pod Security restricted forbids", () => {
    assert.deepEqual(restrictedViolations(naive), [
      "hostNetwork is true",
      "has a volume of hostPath",
      "web: is privileged",
      "web: allows privilege escalation",
      "web: may run as root",
      "web: runs as root",
      "web: does not drop ALL capabilities",
      "web: adds SYS_ADMIN",
      "web: has no seccomp profile",
      "web: unmasks /proc",
      "web: takes a port of the node",
      "web: a probe or handler names a host",
    ]);
  });

  it("find everything that our own policy forbids", () => {
    assert.deepEqual(hardeningViolations(naive), [
      "mounts a token of the API server",
      "gets a variable for each Service",
      "web: has no requests.cpu",
      "web: has no requests.memory",
      "web: has no requests.ephemeral-storage",
      "web: has no limits.cpu",
      "web: has no limits.memory",
      "web: has no limits.ephemeral-storage",
      "web: may write to its root filesystem",
      "web: runs in root's group",
      "web: runs an image without a version",
      "web: DB_PASSWORD looks like a secret",
      "web: DB is a secret",
      "web: takes a whole Secret as variables",
      "web: listens on a privileged port",
      "web: may write to the secret login",
      "web: lets anybody read the secret login",
    ]);
    assert.deepEqual(serviceViolations(naive), [
      "pods may all lie on one node",
      "web: has no startupProbe",
      "web: has no readinessProbe",
      "web: leaves without notice",
    ]);
  });
});
