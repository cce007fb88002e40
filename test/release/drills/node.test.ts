import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeToCut, withoutNode } from "../../../release/drills/node";
import { writerPod } from "../../../release/drills/writer-pod";
import { fakePrograms, type Programs } from "../../support/programs";

const target = { client: { context: "kind" }, namespace: "blog", cluster: "db", clientLabels: {} };
const pods = (nodes: Readonly<Record<string, string>>) =>
  JSON.stringify({
    items: Object.entries(nodes).map(([name, nodeName]) => ({ metadata: { name }, spec: { nodeName } })),
  });
const cluster = (failoverQuorum: boolean) =>
  JSON.stringify({
    metadata: { name: "db" },
    spec: { instances: 3, postgresql: { synchronous: { method: "any", number: 1, failoverQuorum } } },
    status: {
      currentPrimary: "db-1",
      targetPrimary: "db-1",
      instanceNames: ["db-1", "db-2"],
      image: "postgresql:17",
    },
  });

const affinityOf = (notOn?: string) =>
  (writerPod(target, "writer", "postgresql:17", "true", notOn) as { spec: { affinity?: object } }).spec
    .affinity;

describe("the primary's node, to be cut off", () => {
  let programs: Programs;
  beforeEach(() => {
    programs = fakePrograms();
  });
  afterEach(() => programs.remove());

  function fakeCluster(
    instances: Readonly<Record<string, string>>,
    operators: Readonly<Record<string, string>>,
    failoverQuorum = true,
  ): void {
    programs.answer("kubectl", {
      "get clusters": cluster(failoverQuorum),
      "get pods --namespace blog --selector cnpg.io/cluster=db,cnpg.io/podRole=instance": pods(instances),
      "get pods --all-namespaces --selector app.kubernetes.io/name=cloudnative-pg": pods(operators),
    });
  }

  it("cuts the one where the primary is, when an instance elsewhere can take over", async () => {
    fakeCluster({ "db-2": "east", "db-1": "west" }, { operator: "west", other: "east" });
    assert.deepEqual(await nodeToCut(target), { node: "west" });
  });

  it("takes any instance elsewhere where no failover is refused for a write that it may lack", async () => {
    fakeCluster({ "db-1": "west", "db-2": "east", "db-3": "west" }, { operator: "east" }, false);
    assert.deepEqual(await nodeToCut(target), { node: "west" });
  });

  const useless = [
    [
      "all instances are on that node",
      { "db-1": "west", "db-2": "west" },
      { operator: "east" },
      /all instances of db are on node west/,
    ],
    [
      "the standby that is left need not have every write",
      { "db-1": "west", "db-2": "east", "db-3": "west" },
      { operator: "east" },
      /of 2 standbys 1 are on node west as well, and a failover is refused/,
    ],
    [
      "nobody would fail over",
      { "db-1": "west", "db-2": "east" },
      { operator: "west" },
      /the operator runs on node west alone.*--fault switchover/,
    ],
    [
      "it cannot be seen where the operator runs",
      { "db-1": "west", "db-2": "east" },
      {},
      /it cannot be seen where the operator runs/,
    ],
    ["the primary is not scheduled", { "db-2": "east" }, { operator: "east" }, /db-1 runs on no node/],
  ] as const;
  for (const [why, instances, operators, problem] of useless) {
    it(`cuts none where ${why}`, async () => {
      fakeCluster(instances, operators);
      const found = await nodeToCut(target);
      assert.match("problem" in found ? found.problem : "", problem);
    });
  }
});

describe("a drill that cuts the primary's node off", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "node-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const steps: string[] = [];
  const progress = {
    step: (text: string) => void steps.push(text),
    warn: (text: string) => void steps.push(`warning: ${text}`),
  };
  const cut = () => ({
    node: "west",
    down: `echo "down $NODE" >> ${folder}/done`,
    up: `echo "up $NODE" >> ${folder}/done`,
  });
  const done = () => (existsSync(join(folder, "done")) ? readFileSync(join(folder, "done"), "utf8") : "");

  it("joins the node again once the work is done, and says beforehand how to do it by hand", async () => {
    await withoutNode(cut(), progress, async () => assert.equal(done(), "down west\n"));
    assert.equal(done(), "down west\nup west\n");
    assert.match(
      steps[0] ?? "",
      /should this run be killed, join it again: NODE=west sh -c 'echo "up \$NODE"/,
    );
  });

  it("joins it again where the work fails", async () => {
    const work = withoutNode(cut(), progress, () => Promise.reject(new Error("nobody took over")));
    await assert.rejects(work, /nobody took over/);
    assert.equal(done(), "down west\nup west\n");
  });

  it("joins it again where cutting it off failed half way, and says what failed", async () => {
    const broken = { ...cut(), down: "echo no such machine >&2; exit 4" };
    const work = withoutNode(broken, progress, () => assert.fail("it was not cut off"));
    await assert.rejects(work, /--node-down ended with 4 for node west: no such machine/);
    assert.equal(done(), "up west\n");
  });

  it("prints a command with quotes so that it can be pasted", async () => {
    const quoted = { ...cut(), up: `sh -c 'echo "up $NODE" >> ${folder}/done'` };
    const first = steps.length;
    await withoutNode(quoted, progress, () => Promise.resolve());
    const pasted = steps[first]?.split("join it again: ")[1] ?? "";
    execFileSync("sh", ["-c", pasted]);
    assert.equal(done(), "down west\nup west\nup west\n");
  });

  it("says how to join it by hand where that fails, also to somebody who has interrupted the drill", async () => {
    const broken = { ...cut(), up: "exit 1" };
    await assert.rejects(
      withoutNode(broken, progress, () => Promise.resolve()),
      /--node-up ended with 1 for node west.*by hand: NODE=west sh -c 'exit 1'/,
    );
    assert.match(steps.at(-1) ?? "", /^warning: --node-up ended with 1 .* by hand: /);
  });

  it("writes from another node, so that the writer sees what the application elsewhere sees", () => {
    assert.deepEqual(affinityOf("west"), {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchFields: [{ key: "metadata.name", operator: "NotIn", values: ["west"] }] },
          ],
        },
      },
    });
    assert.equal(affinityOf(), undefined);
  });
});
