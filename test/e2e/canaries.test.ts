import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { describeFinding, diagnose } from "../../release/diagnosis";
import { namespaceRedactor } from "../../release/redaction";
import { hatch, type Hit, Sweep } from "../support/canaries";
import { CanaryStack, imageParts, objectsOf, type Said } from "./support/canary-stack";
import { eventually, kubectl } from "./support/cluster";
import { requireParts } from "./support/require-parts";
import { Workspace } from "./support/workspace";

const clean = (hits: readonly Hit[]) => assert.deepEqual(hits, []);

describe("with the real engine, no canary is in", () => {
  const canaries = hatch();
  const later = hatch();
  const sweeps = [new Sweep(canaries), new Sweep(later)];
  const hits = (content: string | Buffer, where: string) =>
    sweeps.flatMap((sweep) => sweep.text(content, where));
  let stack: CanaryStack;

  /** What a command said is clean, and it ended as it should have. */
  function cleanly(code: number, ...args: string[]): Said {
    const said = stack.pulumi(args);
    assert.equal(said.code === 0 ? 0 : 1, code, said.text);
    clean(hits(said.text, args.join(" ")));
    return said;
  }

  before(async () => {
    await requireParts();
    stack = new CanaryStack(canaries);
  });
  after(() => stack?.remove());

  for (const form of [[], ["--diff"], ["--json"], ["--save-plan", "plan.json"]]) {
    it(`what preview ${form.join(" ")} says`, () => void cleanly(0, "preview", ...form));
  }

  it("what up says, with every value new", () => void cleanly(0, "up", "--yes", "--skip-preview", "--diff"));

  it("what preview and up say, with every value changed", () => {
    for (const kind of ["database password", "TLS key", "build secret", "registry password"] as const) {
      stack.set(kind, later);
    }
    for (const form of ["--diff", "--json"]) cleanly(0, "preview", form);
    const { text } = cleanly(0, "up", "--yes", "--skip-preview", "--diff");
    assert.match(text, /\[secret\]/, "there must have been something to hide");
  });

  it("what preview and up say of a Secret that is read from the cluster", () => {
    cleanly(0, "config", "set", "reading", "true");
    for (const form of ["--diff", "--json"]) cleanly(0, "preview", form);
    cleanly(0, "up", "--yes", "--skip-preview", "--diff");
  });

  it("what refresh, outputs, history and export say", () => {
    cleanly(0, "refresh", "--yes", "--skip-preview", "--diff");
    cleanly(0, "stack", "output", "--json");
    cleanly(0, "stack", "history", "--json", "--full-dates");
    cleanly(0, "stack", "export");
    cleanly(0, "config", "--json");
  });

  for (const mistake of ["refused", "unbuildable", "throwing"]) {
    it(`what preview and up say of something that is ${mistake}`, () => {
      cleanly(0, "config", "set", mistake, "true");
      for (const form of [[], ["--json"]]) clean(hits(stack.pulumi(["preview", ...form]).text, "preview"));
      cleanly(1, "up", "--yes", "--skip-preview");
      cleanly(0, "config", "rm", mistake);
    });
  }

  it("the state, its backups and history, the plan, and the logs that the engine keeps unasked", () => {
    for (const log of stack.ownLogs()) clean(hits(log, "log"));
    clean(sweeps.flatMap((sweep) => sweep.folder(stack.traces)));
    clean(sweeps.flatMap((sweep) => sweep.folder(stack.workspace.directory, [".git", "node_modules"])));
    clean(hits(stack.workspace.git("log", "--patch", "--all"), "git"));
  });

  it("any object of the cluster but the values of Secrets, managed fields and annotations included", () => {
    const objects = objectsOf("canaries-e2e");
    assert.match(objects.get("secrets") ?? "", /"name":"bytes"/);
    clean([...objects].flatMap(([kind, text]) => hits(text, kind)));
  });

  it("the image's manifest, configuration, history and layers", async () => {
    const parts = await imageParts(cleanly(0, "stack", "output", "image").text.trim());
    assert.ok(parts.size >= 4, [...parts.keys()].join());
    clean([...parts].flatMap(([part, content]) => hits(content, part)));
  });

  // What the engine itself gives away. Should one of these fail, docs/secrets.md has a line too many.
  describe("but it is", () => {
    it("in verbose logs and in the gRPC log, which our commands refuse to write", () => {
      const grpc = join(stack.traces, "grpc.json");
      const verbose = ["up", "--yes", "--skip-preview", "-v=9", "--logtostderr"];
      stack.set("database password", canaries);
      assert.notDeepEqual(hits(stack.pulumi(verbose, { PULUMI_DEBUG_GRPC: grpc }).text, "log"), []);
      assert.notDeepEqual(hits(stack.read("grpc.json"), "gRPC"), []);
    });

    it("in the debug events of `pulumi up --json`, as base64 alone, which our commands never pass on", () => {
      stack.set("database password", later);
      const found = hits(stack.pulumi(["up", "--yes", "--skip-preview", "--json"]).text, "up --json");
      assert.ok(found.length > 0);
      assert.ok(
        found.every(({ form }) => form.startsWith("base64")),
        JSON.stringify(found),
      );
    });
  });
});

describe("once the blog is deployed, no canary and no password of the database is in", () => {
  const NAMESPACE = "blog-canaries";
  const canaries = hatch();
  let sweep = new Sweep(canaries);
  let workspace: Workspace;
  const up = () => workspace.stagewright(["up", "--yes", "--stack", "canaries"]);

  before(async () => {
    await requireParts();
    workspace = new Workspace();
    workspace.declare("canaries");
    workspace.keep("canaries", "signing-secret", canaries["stack secret"]);
    workspace.keep("canaries", "author-password", canaries["Vault value"]);
    workspace.git("commit", "--quiet", "--all", "--message", "Canaries");
  });
  after(async () => {
    await workspace?.stagewright(["destroy", "--yes", "--stack", "canaries", "--delete-data", "canaries"]);
    workspace?.remove();
  });

  it("what up says", async () => {
    const { code, text } = await up();
    assert.equal(code, 0, text);
    const coded = kubectl("get", "secret", "blog-db-app", "-n", NAMESPACE, "-o", "jsonpath={.data.password}");
    // From now on the password that the operator made is looked for, too.
    sweep = new Sweep({ ...canaries, "database password": Buffer.from(coded, "base64").toString() });
    clean(sweep.text(text, "up"));
  });

  it("what preview, an up without changes and render say, and what render writes", async () => {
    for (const args of [["preview"], ["up", "--yes"], ["render"]]) {
      const { code, text } = await workspace.stagewright([...args, "--stack", "canaries"]);
      assert.equal(code, 0, text);
      clean(sweep.text(text, args.join(" ")));
    }
    clean(sweep.folder(join(workspace.directory, "rendered")));
  });

  it("the project's folder with its state, and its history", () => {
    clean(sweep.folder(workspace.directory, [".git", "node_modules"]));
    clean(sweep.text(workspace.git("log", "--patch", "--all"), "git"));
  });

  it("any object of the cluster but the values of Secrets, and any log of a pod", () => {
    clean([...objectsOf(NAMESPACE)].flatMap(([kind, text]) => sweep.text(text, kind)));
    const pods = kubectl("get", "pods", "-n", NAMESPACE, "-o", "name").split("\n");
    assert.ok(pods.length >= 2);
    for (const pod of pods) {
      clean(sweep.text(kubectl("logs", "-n", NAMESPACE, pod, "--all-containers"), `log of ${pod}`));
    }
  });

  it("the image", async () => {
    const reference = workspace.pulumi("stack", "output", "image", "--stack", "canaries").trim();
    for (const [part, content] of await imageParts(reference)) clean(sweep.text(content, part));
  });

  it("what the diagnosis shows of a pod that prints its password and dies", async () => {
    kubectl(
      "run",
      "telltale",
      "-n",
      NAMESPACE,
      "--image",
      "unused",
      "--overrides",
      JSON.stringify(telltale()),
    );
    let text = "";
    await eventually(90, async () => {
      const findings = await diagnose({}, NAMESPACE, await namespaceRedactor({}, NAMESPACE));
      text = findings.flatMap(describeFinding).join("\n");
      return /log +password/.test(text) || text;
    });
    assert.match(text, /log +password \[secret\]/);
    clean(sweep.text(text, "diagnosis"));
    kubectl("delete", "pod", "telltale", "-n", NAMESPACE, "--wait=false");
  });

  /** A pod that does what no application should. */
  function telltale(): object {
    const image = workspace.pulumi("stack", "output", "image", "--stack", "canaries").trim();
    const container = {
      name: "telltale",
      image,
      command: ["sh", "-c", "echo password $(cat /run/secret/password); exit 1"],
      volumeMounts: [{ name: "secret", mountPath: "/run/secret" }],
      resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "1", memory: "64Mi" } },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    };
    return {
      spec: {
        restartPolicy: "Always",
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
        containers: [container],
        volumes: [{ name: "secret", secret: { secretName: "blog-db-app" } }],
      },
    };
  }
});
