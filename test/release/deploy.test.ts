import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { deploy, type Deployment, DeploymentError, plan } from "../../release/deploy";
import { prepare } from "../../release/prepare";
import { ReleaseError } from "../../release/errors";
import { readStack } from "../../release/stack";
import { fakePrograms, type Programs } from "../support/programs";

/** What a program prints for words that its arguments hold, and its exit code. */
type Answers = Readonly<Record<string, string | { readonly text: string; readonly exitCode: number }>>;

const urnOf = (type: string, name: string) => `urn:pulumi:test::stagewright::${type}::${name}`;
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster";
const lines = (...events: readonly (object | string)[]) =>
  events.map((event) => `${typeof event === "string" ? event : JSON.stringify(event)}\n`).join("");
const step = (kind: string, op: string, type: string, name: string) => ({
  [kind]: { metadata: { op, type, urn: urnOf(type, name) } },
});
const diagnostic = (severity: string, message: string, more: object = {}) => ({
  diagnosticEvent: { severity, message, ...more },
});
const stateOf = (resources: readonly object[], pending: readonly object[] = []) =>
  JSON.stringify({ deployment: { resources, pending_operations: pending } });
const liveCluster = (storage: string, walStorage: string) => ({
  urn: urnOf(CLUSTER, "blog-db"),
  type: CLUSTER,
  inputs: { spec: { storage: { size: storage }, walStorage: { size: walStorage } } },
});

const KUBECTL: Answers = {
  "version --output": JSON.stringify({ serverVersion: { gitVersion: "v1.33.1" } }),
  "get secrets ": JSON.stringify({ items: [{ data: { password: btoa("words of the database") } }] }),
  "get deployment": JSON.stringify({
    items: [
      {
        metadata: { name: "cnpg" },
        spec: { template: { spec: { containers: [{ image: "cloudnative-pg:1.30.0" }] } } },
        status: { readyReplicas: 1 },
      },
    ],
  }),
  "get storageclass": JSON.stringify({
    items: [
      {
        metadata: { name: "fast", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      },
    ],
  }),
};
const PULUMI: Answers = {
  version: "v3.260.0",
  "stack ls": JSON.stringify([{ name: "test" }]),
  "stack init": "",
  "stack export": stateOf([]),
  "stack output": JSON.stringify({ url: "https://blog.example.com" }),
  refresh: "",
  "up ": lines({ summaryEvent: { resourceChanges: { create: 2, same: 1 }, durationSeconds: 3 } }),
};

describe("a deployment", () => {
  const before = process.env["KUBECONFIG"];
  let programs: Programs;
  let folder = "";
  const told: string[] = [];

  beforeEach(() => {
    programs = fakePrograms();
    ({ folder } = programs);
    told.length = 0;
    process.env["KUBECONFIG"] = programs.put("kubeconfig", "current-context: kind\n");
    programs.put("Pulumi.yaml", "name: stagewright\n");
    configure({});
    machine({});
  });
  afterEach(() => {
    programs.remove();
    if (before === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = before;
  });

  function configure(more: object, secretsprovider = "awskms://key"): void {
    const config = {
      "stagewright:image": { repository: "registry.example.com/blog" },
      "stagewright:kubernetes": { context: "kind" },
      ...more,
    };
    programs.put("Pulumi.test.yaml", stringify({ secretsprovider, config }));
  }
  function fake(name: string, answers: Answers): void {
    const cases = Object.entries(answers).map(([words, answer], index) => {
      const { text, exitCode } = typeof answer === "string" ? { text: answer, exitCode: 0 } : answer;
      return `*"${words}"*) /bin/cat "${programs.put(`${name}-${index}`, text)}"; exit ${exitCode};;`;
    });
    programs.write(name, ['case "$*" in', ...cases, "esac", "exit 1"].join("\n"));
  }
  function machine(pulumi: Answers, kubectl: Answers = {}): void {
    fake("git", {});
    fake("docker", { "buildx inspect": "Driver: docker-container\nBuildKit version: v0.16.0\n" });
    fake("pulumi", { ...PULUMI, ...pulumi });
    fake("kubectl", { ...KUBECTL, ...kubectl });
  }
  // Its version is asked for by the look at what is there.
  const engineCalls = () => programs.calls("pulumi").filter((call) => !call.startsWith("version "));
  const progress = {
    step: (text: string) => void told.push(text),
    warn: (text: string) => void told.push(`warning: ${text}`),
  };
  async function run(): Promise<Deployment> {
    const stack = readStack(folder, "test");
    return deploy(await prepare(stack, progress), stack, progress);
  }

  async function refusal(kind: ReleaseError["kind"]): Promise<string> {
    const error: unknown = await run().then(
      () => assert.fail("it was not refused"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ReleaseError, String(error));
    assert.equal(error.kind, kind);
    return error.message;
  }

  it("gives the changes and outputs, and runs the engine without asking anybody", async () => {
    assert.deepEqual(await run(), {
      changes: { create: 2, same: 1 },
      outputs: { url: "https://blog.example.com" },
    });
    assert.deepEqual(engineCalls(), [
      "stack ls --json --non-interactive",
      "stack export --stack test --non-interactive",
      "up --stack test --yes --skip-preview --json --non-interactive",
      "stack output --stack test --json --non-interactive",
    ]);
  });

  it("is refused by a plan that the providers do not take, and nothing is changed", async () => {
    const failure = { diagnosticEvent: { severity: "error", message: "404 Not Found" } };
    machine({ "preview --stack": { text: `${JSON.stringify(failure)}\n`, exitCode: 255 } });
    const stack = readStack(folder, "test");
    const engine = await prepare(stack, progress);
    await assert.rejects(plan(engine, stack, progress), {
      kind: "failed",
      message: "stack test cannot be planned, nothing was changed\n404 Not Found",
    });
    assert.deepEqual(
      engineCalls().filter((call) => call.startsWith("up ")),
      [],
    );
  });

  it("tells each step on a resource, what is waited for, and warnings, and nothing else", async () => {
    const waiting = diagnostic("info", "Waiting for Pods\n", {
      ephemeral: true,
      urn: urnOf(DEPLOYMENT, "blog"),
    });
    machine({
      "up ": lines(
        step("resourcePreEvent", "create", "pulumi:pulumi:Stack", "stagewright-test"),
        step("resourcePreEvent", "same", CLUSTER, "blog-db"),
        step("resOutputsEvent", "same", CLUSTER, "blog-db"),
        step("resourcePreEvent", "update", DEPLOYMENT, "blog"),
        waiting,
        diagnostic("info", "said once and for all", { urn: urnOf(DEPLOYMENT, "blog") }),
        diagnostic("warning", "no backup yet\n"),
        diagnostic("warning", "using pulumi-resource-kubernetes from $PATH at /usr/bin"),
        step("resOutputsEvent", "update", DEPLOYMENT, "blog"),
        { summaryEvent: { resourceChanges: { update: 1 }, durationSeconds: 3 } },
      ),
    });
    await run();
    assert.deepEqual(told, [
      "checking what is there",
      "deploying",
      "update: Deployment blog",
      "  blog: Waiting for Pods",
      "warning: no backup yet",
      "update done: Deployment blog",
    ]);
  });

  it("that fails collects the engine's errors, and says what Kubernetes knows of the cause", async () => {
    const pod = {
      metadata: { name: "blog-1" },
      status: {
        containerStatuses: [
          {
            name: "blog",
            ready: false,
            restartCount: 3,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: { terminated: { exitCode: 1, reason: "Error" } },
          },
        ],
      },
    };
    const failing = lines(
      step("resourcePreEvent", "create", DEPLOYMENT, "blog"),
      step("resOpFailedEvent", "create", DEPLOYMENT, "blog"),
      diagnostic("error", "Deployment blog did not become ready\n"),
      "error: update failed with words of the database",
    );
    machine(
      { "up ": { text: failing, exitCode: 255 } },
      {
        "get pods": JSON.stringify({ items: [pod] }),
        "logs blog-1": "no database for words of the database\n",
      },
    );
    const error: unknown = await run().catch((reason: unknown) => reason);
    assert.ok(error instanceof DeploymentError);
    assert.equal(error.kind, "failed");
    assert.equal(
      error.message,
      `stack test was not deployed
Deployment blog did not become ready
error: update failed with [secret]

What Kubernetes says:
Pod blog-1: container blog: CrashLoopBackOff, exited with 1 (Error)
  log    no database for [secret]`,
    );
    assert.equal(error.findings.length, 1);
    assert.ok(told.includes("create FAILED: Deployment blog"));
    assert.ok(!engineCalls().some((call) => call.startsWith("stack output")));
  });

  it("that fails because something was removed behind the engine's back names the command that looks", async () => {
    const text = lines(diagnostic("error", 'namespaces "blog-test" not found'));
    machine({ "up ": { text, exitCode: 255 } });
    const message = await refusal("failed");
    assert.ok(message.endsWith("let it look again: pulumi refresh --stack test --yes"), message);
  });

  it("whose plan meets something that was removed behind the engine's back names the command too", async () => {
    const text = lines(diagnostic("error", 'unable to get cluster state: deployments.apps "blog" not found'));
    machine({ "preview --stack": { text, exitCode: 255 } });
    const stack = readStack(folder, "test");
    const engine = await prepare(stack, progress);
    await assert.rejects(plan(engine, stack, progress), /pulumi refresh --stack test --yes$/);
  });

  it("to another cluster than the current one is refused before the engine is asked", async () => {
    programs.put("kubeconfig", "current-context: production\n");
    assert.equal(
      await refusal("usage"),
      "stack test belongs to the cluster of context kind, and the current context is production; " +
        "change to it: kubectl config use-context kind",
    );
    assert.deepEqual(engineCalls(), []);
  });

  it("with no current context is refused too, and one that names no context is not", async () => {
    programs.put("kubeconfig", "kind: Config\n");
    assert.match(await refusal("usage"), /the current context is not set;/);
    configure({ "stagewright:kubernetes": {} });
    assert.ok(await run());
  });

  it("that would shrink storage is refused before anything is changed, as a mistake in the configuration", async () => {
    machine({ "stack export": stateOf([liveCluster("2Gi", "1Gi")]) });
    configure({
      "stagewright:database": { storage: "1900Mi" },
      "stagewright:kubernetes": { context: "kind" },
    });
    assert.equal(
      await refusal("usage"),
      `Pulumi.test.yaml: 2 mistakes in the configuration of stack test

  database.storage
    found     "1900Mi"
    expected  2Gi or more, which the volumes have now: they can only grow
    mend      pulumi config set --stack test --path database.storage 2Gi

  database.walStorage
    found     "512Mi"
    expected  1Gi or more, which the volumes have now: they can only grow
    mend      pulumi config set --stack test --path database.walStorage 1Gi`,
    );
    assert.ok(!engineCalls().some((call) => /^(up|refresh|destroy)/.test(call)));
  });

  it("that lets storage grow, or leaves it, goes on", async () => {
    machine({ "stack export": stateOf([liveCluster("1024Mi", "256Mi")]) });
    assert.ok(await run());
  });

  it("makes a stack that is not there yet, with the secrets provider of its file", async () => {
    machine({ "stack ls": JSON.stringify([{ name: "other" }, { name: "latest" }]) });
    configure({}, "hashivault://stagewright");
    await run();
    const init = engineCalls().filter((call) => call.startsWith("stack init"));
    assert.deepEqual(init, [
      "stack init test --no-select --secrets-provider hashivault://stagewright --non-interactive",
    ]);
  });

  it("takes a stack that is there, whatever the backend puts before its name", async () => {
    machine({ "stack ls": JSON.stringify([{ name: "organization/stagewright/test" }]) });
    await run();
    assert.ok(!engineCalls().some((call) => call.startsWith("stack init")));
  });

  it("is refused where the state backend does not answer, or the stack cannot be made", async () => {
    machine({ "stack ls": { text: "", exitCode: 255 } });
    assert.match(await refusal("part missing"), /^the state backend does not answer: /);
    machine({ "stack ls": "[]", "stack init": { text: "", exitCode: 255 } });
    assert.match(await refusal("failed"), /^stack test cannot be made: /);
  });

  it("is refused with every missing part and its command, before the engine is asked", async () => {
    machine({}, { "get deployment": JSON.stringify({ items: [] }) });
    rmSync(join(folder, "git"));
    assert.equal(
      await refusal("part missing"),
      `a part is missing:
  git: not on PATH
    apt-get install git
  CloudNativePG operator: none
    kubectl apply --server-side -f https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/release-1.30/releases/cnpg-1.30.0.yaml`,
    );
    assert.deepEqual(engineCalls(), []);
  });

  it("of a program with type errors is refused with them, before the engine is asked", async () => {
    mkdirSync(join(folder, "node_modules", ".bin"), { recursive: true });
    programs.put("tsconfig.json", "{}");
    programs.write("node_modules/.bin/tsc", 'echo "index.ts(1,1): error TS2304: $*"; exit 2');
    assert.equal(
      await refusal("usage"),
      "the program has type errors:\nindex.ts(1,1): error TS2304: --noEmit",
    );
    assert.deepEqual(engineCalls(), []);
  });

  it("settles what an interrupted run left before it goes on", async () => {
    const pending = { type: "creating", resource: { urn: urnOf(DEPLOYMENT, "blog"), type: DEPLOYMENT } };
    machine({ "stack export": stateOf([], [pending]) });
    await run();
    const changing = engineCalls().filter((call) => /^(refresh|up) /.test(call));
    assert.match(changing[0] ?? "", /^refresh --stack test --yes .*--clear-pending-creates/);
    assert.match(changing[1] ?? "", /^up /);
    assert.equal(changing.length, 2);
  });

  it("of a stack with mistakes or without a file is refused without a look at anything", () => {
    configure({ "stagewright:database": { instances: 7 } });
    const mistaken = {
      kind: "usage",
      message:
        /^Pulumi\.test\.yaml: 1 mistake in[\s\S]*make the stack: pulumi stack init test --secrets-provider awskms:\/\/key$/,
    };
    assert.throws(() => readStack(folder, "test"), mistaken);
    assert.throws(() => readStack(folder, "staging"), {
      kind: "usage",
      message:
        "there is no Pulumi.staging.yaml here, so stack staging is not declared; copy the one it is to resemble: " +
        "cp Pulumi.test.yaml Pulumi.staging.yaml",
    });
  });
});
