import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "mocha";
import { eventually, kubectl, podIdentities, type PodView, servingPods, sql } from "./support/cluster";
import { Load } from "./support/load";
import { applyNaive, NAIVE_NAMESPACE, removeNaive } from "./support/naive";
import { Reader } from "./support/reader";
import { requireParts } from "./support/require-parts";
import { SECRETS, Workspace } from "./support/workspace";

const STACK = "e2e";
const NAMESPACE = "blog-e2e";
const HOST = `${STACK}.example.com`;
const OUTPUTS = [
  "commit",
  "databaseCluster",
  "databaseHost",
  "databaseReadOnlyHost",
  "databaseSecretName",
  "deployment",
  "image",
  "namespace",
  "url",
  "version",
];
const TITLE = `A post that must survive ${Date.now()}`;

describe("one commit becomes a running service", () => {
  let workspace: Workspace;
  const up = (from = workspace) => from.stagewright(["up", "--yes", "--stack", STACK]);

  before(async () => {
    await requireParts();
    workspace = new Workspace();
    workspace.declare(STACK);
  });
  after(async () => {
    await workspace?.stagewright(["destroy", "--yes", "--stack", STACK, "--delete-data", STACK]);
    removeNaive();
    workspace?.remove();
  });

  it("first up ends with the blog served through the route", async () => {
    const { code, text, result } = await up();
    assert.equal(code, 0, text);
    assert.deepEqual(Object.keys(result["outputs"] as object).toSorted(), OUTPUTS);
    const page = await new Reader(HOST).get("/");
    assert.equal(page.status, 200);
    assert.match(page.body, /<title>Stagewright blog<\/title>/);
    assert.equal((await new Reader(HOST).get("/readyz")).body.trim(), "ok");
  });

  it("a post written over the route is on the page and a row in PostgreSQL", async () => {
    const author = new Reader(HOST);
    const login = await author.submit("/login", "/login", { password: SECRETS["author-password"] });
    assert.equal(login.status, 302, login.body);
    const posted = await author.submit("/posts/new", "/posts", {
      title: TITLE,
      body: "Written over the route.",
    });
    assert.equal(posted.status, 302, posted.body);
    assert.match((await new Reader(HOST).get("/")).body, new RegExp(TITLE));
    assert.equal(sql(NAMESPACE, "blog-db-1", `select count(*) from posts where title = '${TITLE}'`), "1");
  });

  it("a write without the form's token is refused", async () => {
    const author = new Reader(HOST);
    await author.submit("/login", "/login", { password: SECRETS["author-password"] });
    assert.equal((await author.post("/posts", { title: "forged", body: "forged" })).status, 403);
  });

  it("the namespace enforces Pod Security restricted, and every pod in it was admitted", () => {
    const labels = JSON.parse(kubectl("get", "namespace", NAMESPACE, "--output", "json")) as {
      metadata: { labels: Record<string, string> };
    };
    assert.equal(labels.metadata.labels["pod-security.kubernetes.io/enforce"], "restricted");
    // The dry run judges every pod that is there, the operator's too, by the API server's own rules.
    const verdict = execFileSync(
      "sh",
      [
        "-c",
        `kubectl label --dry-run=server --overwrite namespace ${NAMESPACE} pod-security.kubernetes.io/enforce=restricted 2>&1`,
      ],
      { encoding: "utf8" },
    );
    assert.doesNotMatch(verdict, /violate|Warning/);
    assert.ok(servingPods(NAMESPACE).length >= 2);
  });

  it("the running pod's image is the stack's digest", () => {
    const digest =
      workspace.pulumi("stack", "output", "image", "--stack", STACK).trim().split("@")[1] ?? "none";
    const [pod] = servingPods(NAMESPACE, "--selector", "app.kubernetes.io/component=web");
    assert.ok(pod?.status.containerStatuses?.[0]?.imageID.endsWith(digest), JSON.stringify(pod?.status));
  });

  it("a fresh clone of the same commit with other file times changes nothing: 0 changes, 0 restarts", async () => {
    const before = podIdentities(NAMESPACE);
    const clone = workspace.again();
    const { code, text, result } = await up(clone);
    clone.remove();
    assert.equal(code, 0, text);
    assert.deepEqual(Object.keys(result["changes"] as object), ["same"]);
    assert.deepEqual(podIdentities(NAMESPACE), before);
  });

  it("plain `pulumi up` works without our command", () => {
    const text = workspace.pulumi("up", "--stack", STACK, "--yes", "--skip-preview");
    assert.match(text, /\d+ unchanged/);
    assert.doesNotMatch(text, /updated|created|deleted/);
  });

  it("another commit that leaves the image alone restarts no pod", async () => {
    const before = podIdentities(NAMESPACE);
    workspace.commit("NOTES.txt", "a commit that is not in the build context\n");
    const { code, text } = await up();
    assert.equal(code, 0, text);
    assert.deepEqual(podIdentities(NAMESPACE), before);
    const deployment = JSON.parse(
      kubectl("get", "deployment", "blog", "--namespace", NAMESPACE, "--output", "json"),
    ) as {
      metadata: { annotations: Record<string, string> };
    };
    assert.equal(deployment.metadata.annotations["stagewright/commit"], workspace.git("rev-parse", "HEAD"));
  });

  it("rolling out a new image under 50 requests/s loses none of them", async () => {
    const layout = "examples/blog/templates/layouts/blog.html.ep";
    workspace.commit(layout, workspace.read(layout).replace("</body>", "<p>second edition</p></body>"));
    const load = new Load(HOST, "/", 50);
    const { code, text } = await up();
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    const report = await load.stop();
    assert.equal(code, 0, text);
    assert.match((await new Reader(HOST).get("/")).body, /second edition/);
    process.stdout.write(
      `      ${report.sent} requests, ${report.slow} of 1.5 s, ${report.failed.length} failed\n`,
    );
    assert.ok(report.sent > 500, `only ${report.sent} requests were sent`);
    assert.deepEqual(report.failed, []);
  });

  it("a naive Deployment of the same image loses requests under the same load", async () => {
    const image = workspace.pulumi("stack", "output", "image", "--stack", STACK).trim();
    await applyNaive(image);
    const load = new Load("naive.example.com", "/healthz", 50);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    kubectl("rollout", "restart", "deployment/naive", "--namespace", NAIVE_NAMESPACE);
    kubectl("rollout", "status", "deployment/naive", "--namespace", NAIVE_NAMESPACE, "--timeout", "120s");
    await new Promise((resolve) => setTimeout(resolve, 8000));
    const report = await load.stop();
    removeNaive();
    process.stdout.write(
      `      ${report.sent} requests, ${report.slow} of 1.5 s, ${report.failed.length} failed\n`,
    );
    assert.ok(
      report.failed.length > 0,
      "the comparison proves nothing: the naive rollout lost nothing either",
    );
  });

  it("a container whose process is killed serves again, twice", async () => {
    for (let time = 1; time <= 2; time++) {
      const [pod] = servingPods(NAMESPACE, "--selector", "app.kubernetes.io/component=web");
      const restarts = pod?.status.containerStatuses?.[0]?.restartCount ?? 0;
      assert.ok(pod, "no pod of the application serves");
      process.kill(firstProcessOf(pod, "script/blog"), "SIGKILL");
      await eventually(120, () => {
        const [again] = servingPods(NAMESPACE, "--selector", "app.kubernetes.io/component=web");
        const status = again?.status.containerStatuses?.[0];
        return (status?.ready && status.restartCount > restarts) || JSON.stringify(again?.status);
      });
      await eventually(30, async () => {
        const { status } = await new Reader(HOST).get("/");
        return status === 200 || `status ${status}`;
      });
    }
  });

  it("the data is on a claim: after every pod is deleted the post is still there", async () => {
    kubectl("delete", "pods", "--all", "--namespace", NAMESPACE, "--wait=true");
    await eventually(180, async () => {
      const { status, body } = await new Reader(HOST).get("/");
      return (status === 200 && body.includes(TITLE)) || `status ${status}`;
    });
  });

  it("no secret value is in the state, in outputs, in what was printed or on any other object", async () => {
    const { text } = await workspace.stagewright(["preview", "--stack", STACK]);
    const password = Buffer.from(
      kubectl(
        "get",
        "secret",
        "blog-db-app",
        "--namespace",
        NAMESPACE,
        "--output",
        "jsonpath={.data.password}",
      ),
      "base64",
    ).toString();
    const sinks = [
      text,
      workspace.pulumi("stack", "output", "--stack", STACK, "--json"),
      workspace.pulumi("stack", "export", "--stack", STACK),
      kubectl(
        "get",
        "all,ingress,networkpolicy,configmap,clusters.postgresql.cnpg.io,httproutes",
        "--namespace",
        NAMESPACE,
        "--output",
        "yaml",
      ),
      ...filesBelow(`${workspace.directory}/state`),
    ];
    for (const value of [...Object.values(SECRETS), password]) {
      for (const form of [
        value,
        Buffer.from(value).toString("base64").replace(/=+$/, ""),
        encodeURIComponent(value),
      ]) {
        for (const [index, sink] of sinks.entries()) {
          assert.ok(!sink.includes(form), `sink ${index} holds a secret value`);
        }
      }
    }
  });

  it("a route to a Gateway that is not there fails `up`", () => {
    workspace.redeclare(STACK, (config) => {
      config["stagewright:gateway"] = { name: "nowhere", namespace: "default" };
    });
    assert.throws(
      () => workspace.pulumi("up", "--stack", STACK, "--yes", "--skip-preview"),
      (error: Error & { stdout: string }) => /HTTPRoute.*blog[\s\S]*timed out/.test(error.stdout),
    );
    workspace.git("revert", "--no-edit", "HEAD");
    workspace.pulumi("up", "--stack", STACK, "--yes", "--skip-preview");
  });

  it("a rollout that cannot succeed fails `up`, names pod, reason and log, and the old version serves on", async () => {
    workspace.commit(
      "examples/blog/migrations/blog.sql",
      `${workspace.read("examples/blog/migrations/blog.sql")}\n-- 99 up\nselect no_such_column from posts;\n`,
    );
    const { code, text, result } = await up();
    assert.equal(code, 1, text);
    const message = String(result["error"]);
    assert.match(
      message,
      /Pod blog-[0-9a-z]+-[0-9a-z]+: container web: CrashLoopBackOff, exited with \d+|restarted \d+ time/,
    );
    assert.match(message, /log .*no_such_column/);
    assert.match((await new Reader(HOST).get("/")).body, /second edition/);
  });

  it("destroy removes what is not retained, the data of a test stack included", async () => {
    const { code, text, result } = await workspace.stagewright(["destroy", "--yes", "--stack", STACK]);
    assert.equal(code, 0, text);
    assert.deepEqual(result["left"], []);
    assert.throws(() => kubectl("get", "namespace", NAMESPACE));
  });
});

/** The process that is number 1 of a pod's container, on this machine, which must be the node. */
function firstProcessOf({ metadata: { uid } }: PodView, script: string): number {
  const groups = [uid, uid.replaceAll("-", "_")];
  const found = readdirSync("/proc").find((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const of = (file: string) => readFileSync(`/proc/${entry}/${file}`, "utf8");
      const inPod = groups.some((group) => of("cgroup").includes(group));
      return inPod && of("cmdline").includes(script) && /^NSpid:.*\t1$/m.test(of("status"));
    } catch {
      return false;
    }
  });
  if (found === undefined)
    throw new Error("no container process was found: run this suite on the node itself, as root");
  return Number(found);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, "utf8"));
}
