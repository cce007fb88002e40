import { parseArgs } from "node:util";
import { eventually, kubectl } from "../test/e2e/support/cluster";
import { Load, type LoadReport } from "../test/e2e/support/load";
import { applyNaive, NAIVE_NAMESPACE, removeNaive } from "../test/e2e/support/naive";
import { Reader } from "../test/e2e/support/reader";
import { requireParts } from "../test/e2e/support/require-parts";
import { Workspace } from "../test/e2e/support/workspace";

const STACK = "rollouts";
const HOST = `${STACK}.example.com`;
/** A pod that leaves serves for 10 s more, and a request may take 1.5 s. */
const AFTERWARDS = 14_000;

/** One rollout under load. */
interface Rollout extends LoadReport {
  readonly side: "ours" | "naive";
  readonly seconds: number;
}

const progress = (text: string) => process.stderr.write(`${text}\n`);
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Rolls out in the midst of a steady stream of requests, and tells what became of them. */
async function underLoad(
  side: Rollout["side"],
  host: string,
  rate: number,
  rollOut: () => Promise<void>,
): Promise<Rollout> {
  const load = new Load(host, side === "ours" ? "/" : "/healthz", rate);
  await sleep(2000);
  const began = Date.now();
  await rollOut();
  const seconds = (Date.now() - began) / 1000;
  await sleep(AFTERWARDS);
  return { side, seconds, ...(await load.stop()) };
}

/** Two images of the sample that differ in one line of a page. */
async function buildEditions(workspace: Workspace): Promise<string[]> {
  const layout = "examples/blog/templates/layouts/blog.html.ep";
  const page = workspace.read(layout);
  const digests: string[] = [];
  for (const edition of ["one", "two"]) {
    progress(`building edition ${edition}`);
    workspace.commit(layout, page.replace("</body>", `<p>edition ${edition}</p></body>`));
    const { code, text } = await workspace.stagewright(["up", "--yes", "--stack", STACK]);
    if (code !== 0) throw new Error(text);
    digests.push(workspace.pulumi("stack", "output", "image", "--stack", STACK).trim().split("@")[1] ?? "");
  }
  return digests;
}

async function rollOutOurs(workspace: Workspace, digest: string): Promise<void> {
  process.env["STAGEWRIGHT_DIGEST"] = digest;
  const { code, text } = await workspace.stagewright(["up", "--yes", "--stack", STACK]);
  delete process.env["STAGEWRIGHT_DIGEST"];
  if (code !== 0) throw new Error(text);
}

async function rollOutNaive(): Promise<void> {
  kubectl("rollout", "restart", "deployment/naive", "--namespace", NAIVE_NAMESPACE);
  await eventually(180, () => {
    const status = kubectl(
      "get",
      "deployment/naive",
      "--namespace",
      NAIVE_NAMESPACE,
      "--output",
      "jsonpath={.status.updatedReplicas}/{.status.replicas}/{.status.unavailableReplicas}",
    );
    return status === "1/1/" || status;
  });
}

function tell({ side, seconds, sent, slow, failed }: Rollout): void {
  const [first] = failed;
  progress(
    `${side}: ${sent} requests, ${slow} of 1.5 s, ${failed.length} failed, rolled out in ${seconds.toFixed(1)} s` +
      (first === undefined ? "" : ` (first: ${first})`),
  );
}

async function measure(workspace: Workspace, count: number, rate: number): Promise<Rollout[]> {
  workspace.declare(STACK, (config) => {
    config["stagewright:application"] = {
      ...(config["stagewright:application"] as object),
      replicas: 2,
      resources: { cpu: "100m", cpuLimit: "2" },
    };
  });
  const digests = await buildEditions(workspace);
  const rollouts: Rollout[] = [];
  for (let round = 0; round < count; round++) {
    const digest = digests[round % 2] ?? "";
    rollouts.push(await underLoad("ours", HOST, rate, () => rollOutOurs(workspace, digest)));
    tell(rollouts.at(-1) as Rollout);
    const { body } = await new Reader(HOST).get("/");
    if (!body.includes(`edition ${round % 2 === 0 ? "one" : "two"}`))
      throw new Error("the other edition serves");
  }
  await applyNaive(workspace.pulumi("stack", "output", "image", "--stack", STACK).trim());
  rollouts.push(await underLoad("naive", "naive.example.com", rate, rollOutNaive));
  tell(rollouts.at(-1) as Rollout);
  return rollouts;
}

/** `npm run rollouts -- --count 20 --rate 200`: what rollouts cost the readers, a naive Deployment beside ours. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { count: { type: "string", default: "20" }, rate: { type: "string", default: "200" } },
  });
  await requireParts();
  const workspace = new Workspace();
  try {
    const rollouts = await measure(workspace, Number(values.count), Number(values.rate));
    const sum = (side: Rollout["side"], of: (rollout: Rollout) => number) =>
      rollouts.filter((rollout) => rollout.side === side).reduce((total, rollout) => total + of(rollout), 0);
    for (const side of ["ours", "naive"] as const) {
      const figures = {
        metric: `rollout under load: ${side}`,
        rollouts: rollouts.filter((rollout) => rollout.side === side).length,
        requests: sum(side, ({ sent }) => sent),
        slow: sum(side, ({ slow }) => slow),
        failed: sum(side, ({ failed }) => failed.length),
      };
      process.stdout.write(`${JSON.stringify(figures)}\n`);
    }
  } finally {
    removeNaive();
    await workspace.stagewright(["destroy", "--yes", "--stack", STACK, "--delete-data", STACK]);
    workspace.remove();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
