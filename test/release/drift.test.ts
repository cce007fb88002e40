import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findEngine } from "../../adapters/engine";
import { drift } from "../../release/drift";
import { describeDrift } from "../../release/drift/report";
import type { DeclaredStack } from "../../release/stack";
import {
  SECRET,
  deployment,
  secret,
  containers,
  INFO,
  managed,
  envOf,
  rules,
  event,
  row,
} from "../support/drift";
import { fakePrograms, type Programs } from "../support/programs";

const choose = (...cases: string[]) => ['case "$*" in', ...cases, "esac"].join("\n");
const list = (items: readonly object[]) => JSON.stringify({ kind: "List", items });

describe("drift", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());
  const stack = {
    name: "test",
    client: {},
    settings: { kubernetes: { namespace: "blog-test" } },
  } as DeclaredStack;

  const cat = (name: string, text: string) => `/bin/cat "${programs.put(name, text)}"`;

  /** A machine whose engine and cluster answer with this. */
  function machine(answers: {
    readonly deployed?: readonly object[];
    readonly live?: readonly object[];
    /** What deploying again would give; what is live, unless it is said. */
    readonly again?: readonly object[];
    readonly refused?: string;
    readonly events?: readonly object[];
    readonly refresh?: number;
    readonly acting?: string;
    readonly labelled?: string;
  }): void {
    const { deployed = [], live = [], again = live, events = [], refused } = answers;
    const resources = deployed.map((inputs) => {
      const { kind, apiVersion, metadata } = inputs as ReturnType<typeof deployment>;
      const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
      return { urn: `urn:pulumi:test::p::${type}::${metadata.name}`, type, inputs };
    });
    const told = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    programs.write(
      "pulumi",
      choose(
        `refresh*) ${cat("events", told)}; exit ${answers.refresh ?? 0};;`,
        `*export*) ${cat("state", JSON.stringify({ deployment: { resources } }))};;`,
      ),
    );
    const tried =
      refused === undefined ? cat("again", list(again)) : `${cat("refused", refused)} >&2; exit 1`;
    programs.write(
      "kubectl",
      choose(
        `*"get --filename"*) /bin/cat >/dev/null; ${cat("live", list(live))};;`,
        `apply*) /bin/cat > "${programs.folder}/applied"; ${tried};;`,
        `*--selector*) ${cat("labelled", answers.labelled ?? "")};;`,
        `*custom-columns*) ${cat("acting", answers.acting ?? "")};;`,
      ),
    );
  }
  const run = () =>
    drift(findEngine(programs.folder), stack, { step: () => undefined, warn: () => undefined });
  const words = async () => (await run()).drifts.flatMap(describeDrift);
  const applied = () => readFileSync(join(programs.folder, "applied"), "utf8");

  it("is none where all is as it was deployed, and nothing is changed to find that out", async () => {
    const live = deployment(
      { progressDeadlineSeconds: 180 },
      { uid: "1", resourceVersion: "7", ...managed("kubelet", {}) },
    );
    machine({ deployed: [deployment()], live: [{ ...live, status: { replicas: 1 } }], again: [live] });
    assert.deepEqual(await run(), { stack: "test", drifts: [], notCompared: [] });
    assert.deepEqual(programs.calls("pulumi"), [
      "refresh --stack test --preview-only --run-program --json --non-interactive",
      "stack export --stack test --non-interactive",
    ]);
    assert.notEqual(programs.calls("kubectl").length, 0);
    for (const call of programs.calls("kubectl")) assert.match(call, /^(get|apply .*--dry-run=server) /);
  });

  const cases: [string, object, object | undefined, string[]][] = [
    [
      "a value that was changed",
      deployment({ replicas: 5 }),
      deployment(),
      ["Deployment blog was changed", "  spec.replicas is 5, and was deployed as 2"],
    ],
    [
      "a list's item that was removed",
      deployment(containers()),
      deployment(),
      ["Deployment blog was changed", "  spec.template.spec.containers[web].env[LOG] was removed"],
    ],
    [
      "the value of a variable, without showing it",
      deployment(containers({ name: "LOG", value: "hunter2" })),
      deployment(),
      [
        "Deployment blog was changed",
        "  spec.template.spec.containers[web].env[LOG].value has another value",
      ],
    ],
    [
      "a label that was taken away",
      deployment({}, { labels: {} }),
      deployment(),
      [
        "Deployment blog was changed",
        '  metadata.labels.app.kubernetes.io/managed-by was removed, it was "stagewright"',
      ],
    ],
  ];
  for (const [name, live, again, expected] of cases) {
    it(`is ${name}`, async () => {
      machine({ deployed: [deployment()], live: [live], ...(again ? { again: [again] } : {}) });
      assert.deepEqual(await words(), expected);
    });
  }

  it("is an object that is gone", async () => {
    machine({ deployed: [deployment(), secret(SECRET)], live: [secret({})] });
    assert.deepEqual(await words(), ["Deployment blog is missing"]);
  });

  describe("by hand", () => {
    const added = deployment(containers(INFO, { name: "DEBUG", value: "hunter2" }));
    const foreign: [string, object, string[]][] = [
      [
        "is a variable that was added, which deploying again would leave",
        { ...added, metadata: { ...added.metadata, ...managed("kubectl-edit", envOf("DEBUG")) } },
        [
          "Deployment blog was changed",
          "  spec.template.spec.containers[web].env[DEBUG].name was added by kubectl-edit",
          "  spec.template.spec.containers[web].env[DEBUG].value was added by kubectl-edit",
        ],
      ],
      [
        "is an annotation",
        deployment(
          {},
          {
            annotations: { team: "x" },
            ...managed("kubectl-annotate", { "f:metadata": { "f:annotations": { "f:team": {} } } }),
          },
        ),
        ["Deployment blog was changed", "  metadata.annotations.team was added by kubectl-annotate"],
      ],
      [
        "is a number of pods that was scaled",
        deployment(
          { replicas: 7 },
          managed("kubectl", { "f:spec": { "f:replicas": {} } }, { subresource: "scale" }),
        ),
        ["Deployment blog was changed", "  spec.replicas is 7, and was deployed as 2 (by kubectl)"],
      ],
      ["is not a value set to what was deployed", deployment({}, managed("kubectl-edit", envOf("LOG"))), []],
      [
        "is not what a switch adds beside what is deployed",
        deployment({ token: "x" }, managed("stagewright-switch-primary", { "f:spec": { "f:token": {} } })),
        [],
      ],
      [
        "is what a switch set to another value than is deployed",
        deployment(
          { replicas: 7 },
          managed("stagewright-switch-primary", { "f:spec": { "f:replicas": {} } }),
        ),
        [
          "Deployment blog was changed",
          "  spec.replicas is 7, and was deployed as 2 (by stagewright-switch-primary)",
        ],
      ],
      [
        "is not a restart of the pods",
        deployment({ restartedAt: "now" }, managed("kubectl-rollout", { "f:spec": { "f:restartedAt": {} } })),
        [],
      ],
      [
        "is not what a controller notes",
        deployment(
          {},
          {
            annotations: { "deployment.kubernetes.io/revision": "2" },
            ...managed("kube-controller-manager", {
              "f:metadata": { "f:annotations": { "f:deployment.kubernetes.io/revision": {} } },
              "f:spec": { "f:replicas": {} },
            }),
          },
        ),
        [],
      ],
      [
        "is not the status that any controller writes",
        deployment({}, managed("traefik", { "f:status": { "f:x": {} } }, { subresource: "status" })),
        [],
      ],
    ];
    for (const [name, live, expected] of foreign) {
      it(name, async () => {
        machine({ deployed: [deployment()], live: [live] });
        assert.deepEqual(await words(), expected);
      });
    }

    it("is told once, with who did it, where deploying again would change it back", async () => {
      const live = deployment({ replicas: 7 }, managed("kubectl-edit", { "f:spec": { "f:replicas": {} } }));
      machine({ deployed: [deployment()], live: [live], again: [deployment()] });
      assert.deepEqual(await words(), [
        "Deployment blog was changed",
        "  spec.replicas is 7, and was deployed as 2 (by kubectl-edit)",
      ]);
    });

    it("is told as exactly as can be, where somebody owns a whole list", async () => {
      const live = deployment(rules(81, {}), managed("kubectl-edit", { "f:spec": { "f:rules": {} } }));
      machine({ deployed: [deployment(rules(80))], live: [live], again: [deployment(rules(80))] });
      assert.deepEqual(await words(), [
        "Deployment blog was changed",
        "  spec.rules[0].port is 81, and was deployed as 80 (by kubectl-edit)",
        "  spec.rules[1] was added (by kubectl-edit)",
      ]);
    });

    it("is not the number of pods where an autoscaler decides", async () => {
      const { replicas: _replicas, ...spec } = deployment().spec;
      const declared = { ...deployment(), spec };
      const live = deployment(
        { replicas: 9 },
        managed("someone", { "f:spec": { "f:replicas": {} } }, { subresource: "scale" }),
      );
      machine({ deployed: [declared], live: [live] });
      assert.deepEqual(await words(), []);
    });

    it("is a secret value, which is neither sent nor shown", async () => {
      const live = secret(undefined);
      const changed = {
        ...live,
        data: { password: "aHVudGVyMg==" },
        metadata: { ...live.metadata, ...managed("kubectl-patch", { "f:data": { "f:password": {} } }) },
      };
      machine({ deployed: [deployment(), secret({ password: SECRET })], live: [deployment(), changed] });
      const report = await run();
      assert.deepEqual(report.drifts.flatMap(describeDrift), [
        "Secret blog-application was changed",
        "  data.password was set by kubectl-patch",
      ]);
      assert.ok(!JSON.stringify(report).includes("aHVudGVyMg"));
      assert.ok(!applied().includes("Secret"));
    });
  });

  it("never sends a Secret anywhere, even one whose values the state has in plain", async () => {
    machine({ deployed: [deployment(), secret({ password: "hunter2" })], live: [deployment(), secret({})] }); // not a secret: a sample
    await run();
    assert.ok(!applied().includes("hunter2"));
  });

  describe("as the engine sees it", () => {
    const type = "docker-build:index:Image";
    const engine: [string, object, string[]][] = [
      ["a resource that is gone", event("delete", type, { inputs: {} }, null), ["Image thing is missing"]],
      [
        "an input that differs",
        event("update", type, { inputs: { size: 1 } }, { inputs: { size: 2 } }),
        ["Image thing was changed", "  size is 2, and was deployed as 1"],
      ],
      [
        "what was declared, where a provider reads outputs alone",
        event(
          "update",
          type,
          { inputs: { size: 1 }, outputs: { size: 1 } },
          { inputs: { size: 1 }, outputs: { size: 2, more: 1 } },
        ),
        ["Image thing was changed", "  size is 2, and was deployed as 1"],
      ],
      [
        "no output that changes by itself",
        event("update", type, { inputs: {}, outputs: { a: 1 } }, { inputs: {}, outputs: { a: 2 } }),
        [],
      ],
      [
        "nothing that a cluster fills in",
        event(
          "update",
          "kubernetes:apps/v1:Deployment",
          { inputs: { spec: {} }, outputs: { spec: {} } },
          { inputs: { spec: {} }, outputs: { spec: { x: 1 } } },
        ),
        [],
      ],
      ["nothing where all is the same", event("same", type, { inputs: { a: 1 } }, { inputs: { a: 2 } }), []],
    ];
    for (const [name, told, expected] of engine) {
      it(`is ${name}`, async () => {
        machine({ events: [told] });
        assert.deepEqual(await words(), expected);
      });
    }

    it("is told once where the cluster shows it too", async () => {
      const kind = "kubernetes:apps/v1:Deployment";
      const changed = {
        resOutputsEvent: {
          metadata: {
            op: "update",
            type: kind,
            urn: `urn:pulumi:test::p::${kind}::blog`,
            old: { inputs: { spec: { replicas: 2 } } },
            new: { inputs: { spec: { replicas: 5 } } },
          },
        },
      };
      machine({
        deployed: [deployment()],
        live: [deployment({ replicas: 5 })],
        again: [deployment()],
        events: [changed],
      });
      assert.equal((await words()).length, 2);
    });

    it("is a failure where it cannot look, with what it said", async () => {
      const diagnosticEvent = { severity: "error", message: "incorrect passphrase\n" };
      machine({ events: [{ diagnosticEvent }], refresh: 255 });
      await assert.rejects(run(), {
        kind: "failed",
        message:
          "the engine cannot compare stack test with what is there, nothing was changed\nincorrect passphrase",
      });
    });
  });

  describe("in the namespace", () => {
    it("is an object that was not deployed; what others made of it, a drill's record and what is known are not", async () => {
      machine({
        deployed: [deployment()],
        live: [deployment()],
        acting: [
          row("apps/v1", "Deployment", "blog"),
          row("apps/v1", "Deployment", "miner"),
          row("v1", "Pod", "blog-1", "8c5f"),
          row("networking.k8s.io/v1", "NetworkPolicy", "allow-all"),
        ].join(""),
        labelled: row("v1", "ConfigMap", "drill", "<none>", "restore-drill"),
      });
      assert.deepEqual(await words(), [
        "Deployment miner is there, and was not deployed",
        "NetworkPolicy allow-all is there, and was not deployed",
      ]);
    });

    it("is looked for by names alone, so that no secret is read", async () => {
      machine({});
      await run();
      const lists = programs.calls("kubectl").filter((call) => call.includes("secrets"));
      assert.equal(lists.length, 1);
      assert.match(lists[0] ?? "", /--output custom-columns=/);
    });
  });

  it("that the API server would not let be mended is told with its reason", async () => {
    machine({
      deployed: [deployment()],
      live: [deployment()],
      refused: "Error: spec.storage: can't shrink\n",
    });
    assert.deepEqual(await words(), [
      "Deployment blog was changed",
      "  it could not be deployed again as it was: Error: spec.storage: can't shrink",
    ]);
  });

  it("cannot be judged by one who may not try, and that is said", async () => {
    machine({
      deployed: [deployment()],
      live: [deployment()],
      refused: "deployments is forbidden: no patch",
    });
    await assert.rejects(run(), { kind: "failed", message: /it must have the right to patch/ });
  });
});
