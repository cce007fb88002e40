import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { kubectl, servingPods, sql } from "./support/cluster";
import { Reader } from "./support/reader";
import { requireParts } from "./support/require-parts";
import { target } from "./support/target";
import { type Config, SECRETS, Workspace } from "./support/workspace";

const STACK = "prodlike";
const NAMESPACE = "blog-prodlike";
const TITLE = `A post that must outlive its stack ${Date.now()}`;

/**
 * Production's environment on a machine with one node: spread is `preferred` and the pods ask for less CPU, as three
 * instances of one core each do not fit; all else is as the environment has it.
 */
function fitted(digest: string) {
  return (config: Config) => {
    config["stagewright:environment"] = "prod";
    config["stagewright:image"] = { repository: target.repository, digest };
    config["stagewright:kubernetes"] = { context: kubectl("config", "current-context") };
    config["stagewright:application"] = { host: `${STACK}.example.com`, resources: { cpu: "50m" } };
    config["stagewright:database"] = {
      ...(config["stagewright:database"] as object),
      spread: "preferred",
      storage: "1Gi",
      walStorage: "1Gi",
      resources: { cpu: "100m", cpuLimit: "1", memory: "512Mi" },
    };
  };
}

describe("a production stack keeps its data", () => {
  let workspace: Workspace;
  let digest: string;

  before(async () => {
    await requireParts();
    workspace = new Workspace();
    workspace.declare("builder", (config) => {
      config["stagewright:kubernetes"] = { namespace: "blog-builder" };
    });
    const built = await workspace.stagewright(["up", "--yes", "--stack", "builder"]);
    assert.equal(built.code, 0, built.text);
    digest = workspace.pulumi("stack", "output", "image", "--stack", "builder").trim().split("@")[1] ?? "";
    workspace.declare(STACK, fitted(digest));
  });
  after(async () => {
    await workspace?.stagewright(["destroy", "--yes", "--stack", "builder", "--delete-data", "builder"]);
    await workspace?.stagewright(["destroy", "--yes", "--stack", STACK, "--delete-data", STACK]);
    workspace?.remove();
  });

  it("preview plans three synchronous instances, a digest and no build", () => {
    const plan = workspace.pulumi("preview", "--stack", STACK, "--json");
    const { steps } = JSON.parse(plan) as {
      steps: { newState?: { type: string; inputs: Record<string, unknown> } }[];
    };
    const planned = (type: string) => steps.filter(({ newState }) => newState?.type === type);
    assert.equal(planned("docker-build:index:Image").length, 0);
    const [cluster] = planned("kubernetes:postgresql.cnpg.io/v1:Cluster");
    const spec = cluster?.newState?.inputs["spec"] as {
      instances: number;
      postgresql: { synchronous: object };
    };
    assert.equal(spec.instances, 3);
    assert.deepEqual(spec.postgresql.synchronous, {
      method: "any",
      number: 1,
      dataDurability: "required",
      failoverQuorum: true,
    });
    const [deployment] = planned("kubernetes:apps/v1:Deployment");
    assert.match(JSON.stringify(deployment?.newState?.inputs), new RegExp(`@${digest}`));
  });

  it("a digest that the registry does not hold is refused, and nothing is made", async () => {
    const wrong = `sha256:${"1".repeat(64)}`;
    workspace.redeclare(STACK, (config) => {
      config["stagewright:image"] = { repository: target.repository, digest: wrong };
    });
    const { code, text } = await workspace.stagewright(["up", "--yes", "--stack", STACK]);
    workspace.redeclare(STACK, (config) => {
      config["stagewright:image"] = { repository: target.repository, digest };
    });
    assert.equal(code, 1, text);
    assert.match(text, /404 Not Found/);
    assert.match(text, /cannot be planned, nothing was changed/);
    assert.throws(() => kubectl("get", "namespace", NAMESPACE));
  });

  it("uncommitted changes are refused", async () => {
    workspace.commit("stray.txt", "x");
    workspace.git("reset", "--quiet", "--soft", "HEAD~1");
    const { code, text } = await workspace.stagewright(["up", "--yes", "--stack", STACK]);
    workspace.git("commit", "--quiet", "--message", "Commit what was stray");
    assert.notEqual(code, 0);
    assert.match(text, /there are changes that no commit holds/);
  });

  it("up builds nothing and ends with three instances, one of them a synchronous standby at least", async () => {
    const { code, text } = await workspace.stagewright(["up", "--yes", "--stack", STACK]);
    assert.equal(code, 0, text);
    const instances = servingPods(NAMESPACE, "--selector", "cnpg.io/podRole=instance");
    assert.equal(instances.length, 3);
    const primary = kubectl(
      "get",
      "cluster",
      "blog-db",
      "--namespace",
      NAMESPACE,
      "--output",
      "jsonpath={.status.currentPrimary}",
    );
    assert.equal(
      sql(
        NAMESPACE,
        primary,
        "select count(*) from pg_stat_replication where sync_state = 'quorum'",
        "postgres",
      ),
      "2",
    );
    assert.equal(sql(NAMESPACE, primary, "show synchronous_commit", "postgres"), "on");
    assert.match(text, /no backup yet/);
  });

  it("destroy leaves the data and says so, and `up` takes it back", async () => {
    const author = new Reader(`${STACK}.example.com`);
    await author.submit("/login", "/login", { password: SECRETS["author-password"] });
    const posted = await author.submit("/posts/new", "/posts", { title: TITLE, body: "Still here." });
    assert.equal(posted.status, 302, posted.body);

    const destroyed = await workspace.stagewright(["destroy", "--yes", "--stack", STACK]);
    assert.equal(destroyed.code, 0, destroyed.text);
    assert.deepEqual((destroyed.result["left"] as string[]).toSorted(), [
      "Cluster blog-db",
      "Namespace blog",
    ]);
    assert.throws(() => kubectl("get", "deployment", "blog", "--namespace", NAMESPACE));
    const primary = kubectl(
      "get",
      "cluster",
      "blog-db",
      "--namespace",
      NAMESPACE,
      "--output",
      "jsonpath={.status.currentPrimary}",
    );
    assert.equal(sql(NAMESPACE, primary, `select count(*) from posts where title = '${TITLE}'`), "1");

    const again = await workspace.stagewright(["up", "--yes", "--stack", STACK]);
    assert.equal(again.code, 0, again.text);
    assert.match((await new Reader(`${STACK}.example.com`).get("/")).body, new RegExp(TITLE));
  });

  it("another current context is refused before anything changes", async () => {
    workspace.redeclare(STACK, (config) => {
      config["stagewright:kubernetes"] = { context: "somewhere-else" };
    });
    const ours = await workspace.stagewright(["destroy", "--yes", "--stack", STACK]);
    assert.equal(ours.code, 2, ours.text);
    assert.match(
      ours.text,
      /belongs to the cluster of context somewhere-else.*kubectl config use-context somewhere-else/,
    );
    assert.throws(
      () => workspace.pulumi("up", "--stack", STACK, "--yes", "--skip-preview"),
      (error: Error & { stdout: string }) =>
        /belongs to the cluster of context somewhere-else/.test(error.stdout),
    );
    workspace.redeclare(STACK, (config) => {
      config["stagewright:kubernetes"] = { context: kubectl("config", "current-context") };
    });
  });

  it("shrinking a volume is refused with the size that it has", async () => {
    workspace.redeclare(STACK, (config) => {
      config["stagewright:environment"] = "int";
      config["stagewright:database"] = { ...(config["stagewright:database"] as object), storage: "1000Mi" };
    });
    const { code, text } = await workspace.stagewright(["up", "--yes", "--stack", STACK]);
    workspace.redeclare(STACK, (config) => {
      config["stagewright:environment"] = "prod";
      config["stagewright:database"] = { ...(config["stagewright:database"] as object), storage: "1Gi" };
    });
    assert.equal(code, 2, text);
    assert.match(text, /1Gi or more/);
  });

  it("its data goes only when the stack's name is said again, and then it does go", async () => {
    const { code, text, result } = await workspace.stagewright([
      "destroy",
      "--yes",
      "--stack",
      STACK,
      "--delete-data",
      STACK,
    ]);
    assert.equal(code, 0, text);
    assert.deepEqual(result["left"], []);
    assert.throws(() => kubectl("get", "namespace", NAMESPACE));
  });
});
