import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describeFinding, diagnose, problemOf } from "../../release/diagnosis";
import { type Answers, fakePrograms, type Programs } from "../support/programs";

type Status = NonNullable<Parameters<typeof problemOf>[0]["status"]>;
const pod = (status: Status, name = "blog-1") => ({ kind: "Pod", metadata: { name }, status });

const ready = { name: "blog", ready: true, restartCount: 0, state: {} };
const waiting = (reason: string, message?: string) => ({
  ...ready,
  ready: false,
  state: { waiting: { reason, ...(message ? { message } : {}) } },
});
const died = (exitCode: number, reason = "Error") => ({ terminated: { exitCode, reason } });
const unready = { type: "Ready", status: "False", reason: "ContainersNotReady", message: "unready: [blog]" };

const PROBLEMS: readonly (readonly [name: string, status: Status, problem: ReturnType<typeof problemOf>])[] =
  [
    ["is ready", { phase: "Running", containerStatuses: [ready] }, undefined],
    [
      "has done its work",
      { phase: "Succeeded", conditions: [{ ...unready, reason: "PodCompleted" }] },
      undefined,
    ],
    [
      "has just completed",
      { phase: "Running", conditions: [{ ...unready, reason: "PodCompleted" }] },
      undefined,
    ],
    [
      "has done its work after a failure",
      { phase: "Succeeded", containerStatuses: [{ ...ready, restartCount: 2, lastState: died(1) }] },
      undefined,
    ],
    ["says nothing yet", {}, undefined],
    [
      "fails again and again",
      {
        phase: "Running",
        conditions: [unready],
        containerStatuses: [
          {
            ...waiting("CrashLoopBackOff", "back-off 40s"),
            restartCount: 3,
            lastState: died(137, "OOMKilled"),
          },
        ],
      },
      {
        reason: "container blog: CrashLoopBackOff, exited with 137 (OOMKilled): back-off 40s",
        container: "blog",
      },
    ],
    [
      "has an image that cannot be pulled",
      { phase: "Pending", containerStatuses: [waiting("ImagePullBackOff", "not found")] },
      { reason: "container blog: ImagePullBackOff: not found", container: "blog" },
    ],
    [
      "fits on no node",
      {
        phase: "Pending",
        conditions: [
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "Insufficient cpu." },
        ],
      },
      { reason: "Unschedulable: Insufficient cpu." },
    ],
    [
      "fails while it is prepared, before its containers begin",
      {
        phase: "Pending",
        conditions: [unready],
        initContainerStatuses: [{ ...waiting("CrashLoopBackOff"), name: "migrate", lastState: died(2) }],
        containerStatuses: [waiting("PodInitializing")],
      },
      { reason: "container migrate: CrashLoopBackOff, exited with 2 (Error)", container: "migrate" },
    ],
    [
      "answers no probe",
      { phase: "Running", conditions: [unready], containerStatuses: [{ ...ready, ready: false }] },
      { reason: "not ready: unready: [blog]", container: "blog" },
    ],
    [
      "was restarted after a failure",
      { phase: "Running", containerStatuses: [{ ...ready, restartCount: 2, lastState: died(1) }] },
      { reason: "container blog: restarted 2 time(s), exited with 1 (Error)", container: "blog" },
    ],
    [
      "is only beginning",
      { phase: "Pending", conditions: [unready], containerStatuses: [waiting("ContainerCreating")] },
      { reason: "not ready: unready: [blog]", container: "blog" },
    ],
  ];

describe("the problem of a pod that", () => {
  for (const [name, status, problem] of PROBLEMS) {
    it(`${name}${problem ? "" : " is none"}`, () => assert.deepEqual(problemOf(pod(status)), problem));
  }
});

const list = (...items: readonly object[]) => JSON.stringify({ kind: "List", items });

const event = (name: string, reason: string, more: object = {}) => ({
  kind: "Event",
  metadata: { name: `${name}.1` },
  type: "Warning",
  reason,
  message: `${reason} happened`,
  involvedObject: { name },
  ...more,
});

const cluster = (name: string, status: object) => ({ kind: "Cluster", metadata: { name }, status });

const secret = (kind: string, name: string, ...conditions: object[]) => ({
  kind,
  metadata: { name },
  status: { conditions },
});
const is = (type: string, status: string, message: string) => ({ type, status, message });

const hide = (text: string) => text.replaceAll("hunter2", "***");
const same = (text: string) => text;

describe("the diagnosis of a namespace", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  const fakeKubectl = (answers: Answers) => programs.answer("kubectl", answers);
  const calls = () => programs.calls("kubectl");
  const crashing = pod({
    phase: "Running",
    containerStatuses: [{ ...waiting("CrashLoopBackOff"), restartCount: 1, lastState: died(1) }],
  });

  it("names the pod, the reason, its warnings and its last words", async () => {
    fakeKubectl({
      "get pods": list(crashing, pod({ phase: "Running", containerStatuses: [ready] }, "blog-2")),
      "get clusters": list(),
      "get events": list(
        event("blog-1", "Scheduled", { type: "Normal" }),
        event("blog-1", "BackOff", { count: 7 }),
        event("blog-2", "Unhealthy"),
        event("blog-1", "Failed"),
      ),
      "--previous": "starting\n\nno database\n",
    });
    const findings = await diagnose({ context: "kind" }, "blog-test", same);
    assert.deepEqual(findings, [
      {
        object: "Pod blog-1",
        reason: "container blog: CrashLoopBackOff, exited with 1 (Error)",
        events: ["BackOff: BackOff happened (7 times)", "Failed: Failed happened"],
        log: ["starting", "no database"],
      },
    ]);
    assert.deepEqual(findings.flatMap(describeFinding), [
      "Pod blog-1: container blog: CrashLoopBackOff, exited with 1 (Error)",
      "  event  BackOff: BackOff happened (7 times)",
      "  event  Failed: Failed happened",
      "  log    starting",
      "  log    no database",
    ]);
  });

  it("asks the stack's own cluster and namespace, and changes nothing", async () => {
    fakeKubectl({ "get ": list(crashing), "logs blog-1": "line" });
    await diagnose({ context: "kind" }, "blog-test", same);
    assert.notEqual(calls().length, 0);
    for (const call of calls()) {
      assert.match(call, /^--context kind (get|logs) /);
      assert.match(call, / --namespace blog-test/);
    }
  });

  it("takes the running container's words where no earlier one left any", async () => {
    fakeKubectl({
      "get pods": list(pod({ conditions: [unready], containerStatuses: [{ ...ready, ready: false }] })),
      "--previous": undefined,
      "logs blog-1": "still waiting\n",
    });
    const [finding] = await diagnose({}, "blog-test", same);
    assert.deepEqual(finding?.log, ["still waiting"]);
  });

  it("shows the newest five warnings at most", async () => {
    const events = ["a", "b", "c", "d", "e", "f", "g"].map((reason) => event("blog-1", reason));
    fakeKubectl({ "get pods": list(crashing), "get events": list(...events) });
    const [finding] = await diagnose({}, "blog-test", same);
    assert.deepEqual(
      finding?.events.map((text) => text[0]),
      ["c", "d", "e", "f", "g"],
    );
  });

  it("names the phase of a database that is not ready, before the pods", async () => {
    fakeKubectl({
      "get pods": list(crashing),
      "get clusters": list(
        cluster("blog-db", {
          phase: "Setting up primary",
          phaseReason: "no space left",
          conditions: [{ type: "Ready", status: "False" }],
        }),
        cluster("other-db", { phase: "fine", conditions: [{ type: "Ready", status: "True" }] }),
        cluster("new-db", {}),
      ),
      "get events": list(event("blog-db", "DiskPressure")),
    });
    const findings = await diagnose({}, "blog-test", same);
    assert.deepEqual(
      findings.map(({ object, reason, events }) => [object, reason, events]),
      [
        ["Cluster blog-db", "Setting up primary: no space left", ["DiskPressure: DiskPressure happened"]],
        ["Cluster new-db", "no phase yet", []],
        ["Pod blog-1", "container blog: CrashLoopBackOff, exited with 1 (Error)", []],
      ],
    );
  });

  it("names secrets that did not come from Vault, with what Vault said, and those that were never tried", async () => {
    fakeKubectl({
      "get vaultstaticsecrets": list(
        secret("VaultStaticSecret", "blog-application"),
        secret("VaultStaticSecret", "blog-mail", is("Ready", "True", "ready")),
      ),
      "get vaultdynamicsecrets": list(
        secret(
          "VaultDynamicSecret",
          "blog-database",
          is("SecretSynced", "False", 'permission denied to grant role "app", hunter2'),
          is("Ready", "False", "not ready"),
        ),
      ),
      "get secretstores": list(
        secret("SecretStore", "blog", is("Ready", "False", "unable to create client")),
        secret("SecretStore", "mail", is("Ready", "True", "store validated")),
      ),
      "get events": list(
        event("blog-application", "VaultClientConfigError"),
        event("blog", "InvalidProviderConfig"),
      ),
    });
    const findings = await diagnose({}, "blog-test", hide);
    assert.deepEqual(findings.flatMap(describeFinding), [
      "VaultStaticSecret blog-application: nothing came from Vault; check role, audience, account and policy of the login: stagewright doctor",
      "  event  VaultClientConfigError: VaultClientConfigError happened",
      'VaultDynamicSecret blog-database: permission denied to grant role "app", ***',
      "SecretStore blog: nothing came from Vault; check role, audience, account and policy of the login: stagewright doctor",
      "  event  InvalidProviderConfig: InvalidProviderConfig happened",
    ]);
  });

  it("shows what others wrote as it is to be read: reasons, warnings and logs", async () => {
    fakeKubectl({
      "get pods": list(
        pod({
          phase: "Running",
          containerStatuses: [{ ...waiting("Error", "bad hunter2"), restartCount: 1 }],
        }),
      ),
      "get clusters": list(cluster("blog-db", { phase: "no hunter2" })),
      "get events": list(event("blog-1", "Failed", { message: "with hunter2" })),
      "--previous": "the password\nhunter2 is\nwrong\n",
    });
    const lines = (await diagnose({}, "blog-test", hide)).flatMap(describeFinding);
    assert.deepEqual(lines, [
      "Cluster blog-db: no ***",
      "Pod blog-1: container blog: Error: bad ***",
      "  event  Failed: with ***",
      "  log    the password",
      "  log    *** is",
      "  log    wrong",
    ]);
  });

  it("shows no log where nothing could be hidden in it, and names the command", async () => {
    fakeKubectl({ "get pods": list(crashing), "logs ": "hunter2" });
    const [finding] = await diagnose({}, "blog-test", undefined);
    assert.deepEqual(finding?.log, [
      "(left out, as the namespace's Secrets cannot be read to hide them in it: " +
        "kubectl logs blog-1 --namespace blog-test --container blog)",
    ]);
    assert.ok(!calls().some((call) => call.includes("logs")));
  });

  it("finds nothing, and does not fail, where nobody answers or kubectl is missing", async () => {
    fakeKubectl({});
    assert.deepEqual(await diagnose({}, "blog-test", same), []);
    rmSync(join(programs.folder, "kubectl"));
    assert.deepEqual(await diagnose({}, "blog-test", same), []);
  });
});
