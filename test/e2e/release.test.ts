import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { kubectl, servingPods } from "./support/cluster";
import { Load } from "./support/load";
import { Reader } from "./support/reader";
import { requireReleaseParts } from "./support/require-parts";
import { target } from "./support/target";
import { type Config, type Ended, Workspace } from "./support/workspace";

const [TEST, INT, PROD] = ["stage-test", "stage-int", "stage-prod"] as const;
const STACKS = [TEST, INT, PROD];
const LAYOUT = "examples/blog/templates/layouts/blog.html.ep";
const REPOSITORIES = {
  [TEST]: target.repository,
  [INT]: `${target.nextRegistry}/stagewright-int/blog`,
  [PROD]: `${target.nextRegistry}/stagewright-prod/blog`,
};

/** A record, as far as the suite looks. */
interface Recorded {
  readonly operation: string;
  readonly stack: string;
  readonly commit: string;
  readonly version: string;
  readonly digest: string;
  readonly result: string;
  readonly failedStep?: string;
  readonly replaces?: string;
}

const crane = (...args: string[]) =>
  execFileSync("crane", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();

/** The tags of a repository; none where nothing was ever pushed. */
function tagsOf(repository: string): string[] {
  try {
    return crane("ls", repository).split("\n");
  } catch {
    return [];
  }
}

const runningDigests = (stack: string) =>
  servingPods(`blog-${stack}`, "--selector", "app.kubernetes.io/component=web").map(
    ({ status }) => status.containerStatuses?.[0]?.imageID.split("@")[1],
  );

/** Small, so that three environments fit on a node of two cores; prod is spread as in its own suite. */
function fit(stack: (typeof STACKS)[number], environment: string, from?: string) {
  return (config: Config) => {
    config["stagewright:environment"] = environment;
    if (environment !== "test") config["stagewright:image"] = { repository: REPOSITORIES[stack] };
    config["stagewright:application"] = {
      host: `${stack}.example.com`,
      replicas: environment === "prod" ? 2 : 1,
      resources: { cpu: "50m" },
      env: { BLOG_SLOW_PAGE: "1" },
    };
    config["stagewright:kubernetes"] = {
      namespace: `blog-${stack}`,
      ...(environment === "prod" ? { context: kubectl("config", "current-context") } : {}),
    };
    config["stagewright:database"] = {
      ...(config["stagewright:database"] as object),
      spread: "preferred",
      instances: environment === "prod" ? 3 : 1,
      storage: "1Gi",
      walStorage: "1Gi",
      resources: { cpu: "50m", cpuLimit: "1", memory: "512Mi" },
    };
    config["stagewright:release"] = {
      ...(from ? { from } : {}),
      rollback: "automatic",
      signing: { key: "cosign.pub" },
      smoke: {
        checks: [{ path: "/readyz" }, { path: "/", contains: "Stagewright blog" }],
        command: "prove smoke",
        directory: "examples/blog",
      },
    };
  };
}

describe("one commit goes from test to prod as one image", () => {
  let workspace: Workspace;
  let origin: string;
  let keys: string;
  let digest = "";
  let version = "";

  const push = () => workspace.git("push", "--quiet", "origin", "HEAD");
  const shared = (...args: string[]) =>
    execFileSync("git", ["--git-dir", origin, ...args], { encoding: "utf8" });
  const ledger = () =>
    shared("notes", "--ref", "stagewright", "list")
      .trim()
      .split("\n")
      .flatMap((line) =>
        shared("notes", "--ref", "stagewright", "show", line.split(" ")[1] ?? "").split("\n"),
      )
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Recorded & { id: string })
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const head = () => workspace.git("rev-parse", "HEAD");
  const promote = (to: string, from = workspace): Promise<Ended> =>
    from.stagewright(["promote", "--to", to, "--yes"]);

  before(async () => {
    await requireReleaseParts();
    // What a run that was killed has left would look like something that was made too early.
    kubectl("delete", "namespace", "--ignore-not-found", ...STACKS.map((stack) => `blog-${stack}`));
    workspace = new Workspace();
    origin = mkdtempSync(join(tmpdir(), "stagewright-origin-"));
    keys = mkdtempSync(join(tmpdir(), "stagewright-keys-"));
    execFileSync("git", ["clone", "--quiet", "--bare", workspace.directory, origin]);
    workspace.git("remote", "set-url", "origin", origin);
    process.env["COSIGN_PASSWORD"] = "only-for-end-to-end";
    process.env["STAGEWRIGHT_SIGNING_KEY"] = join(keys, "cosign.key");
    process.env["STAGEWRIGHT_ROUTE_ADDRESS"] = target.address;
    execFileSync("cosign", ["generate-key-pair"], { cwd: keys, stdio: "ignore" });
    copyFileSync(join(keys, "cosign.pub"), join(workspace.directory, "cosign.pub"));
    // Every run must be a first one: the registries may have kept what an earlier run tagged.
    workspace.commit("RUN.txt", `${Date.now()}\n`);
    workspace.declare(TEST, fit(TEST, "test"));
    workspace.declare(INT, fit(INT, "int", TEST));
    workspace.declare(PROD, fit(PROD, "prod", INT));
    push();
  });
  after(async () => {
    for (const stack of STACKS.toReversed()) {
      const destroyed = await workspace?.stagewright([
        "destroy",
        "--yes",
        "--stack",
        stack,
        "--delete-data",
        stack,
      ]);
      assert.equal(destroyed?.code, 0, destroyed?.text);
    }
    for (const name of ["COSIGN_PASSWORD", "STAGEWRIGHT_SIGNING_KEY", "STAGEWRIGHT_ROUTE_ADDRESS"]) {
      delete process.env[name];
    }
    workspace?.remove();
    for (const folder of [origin, keys]) if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("release analyses, builds, deploys, smokes, signs, tags and records", async () => {
    const { code, text, result } = await workspace.stagewright(["release", "--stack", TEST, "--yes"]);
    assert.equal(code, 0, text);
    ({ digest, version } = result as unknown as Recorded);
    assert.match(version, /^\d{8}\.\d{6}-[a-z0-9-]+-\d+\.\d+\.\d+$/);
    assert.deepEqual(runningDigests(TEST), [digest]);
    assert.equal(crane("digest", `${REPOSITORIES[TEST]}:${version}`), digest);
    assert.equal(crane("digest", `${REPOSITORIES[TEST]}:${TEST}`), digest);
    assert.match(shared("cat-file", "-p", `refs/tags/${version}`), new RegExp(`digest: ${digest}`));
    assert.equal(shared("rev-parse", `refs/tags/${TEST}/${version}^{commit}`).trim(), head());
    assert.deepEqual(
      ledger().map(({ stack, commit, result }) => [stack, commit, result]),
      [[TEST, head(), "succeeded"]],
    );
  });

  it("what was not proved upstream does not go down, and nothing is made", async () => {
    const { code, text } = await promote(PROD);
    assert.equal(code, 1, text);
    assert.match(text, new RegExp(`may not go to ${PROD}: stack ${INT} has no record of it`));
    assert.throws(() => kubectl("get", "namespace", `blog-${PROD}`));
    assert.deepEqual(
      tagsOf(REPOSITORIES[PROD]).filter((tag) => tag === version),
      [],
    );
  });

  it("of two promotions at once one wins, and the other says why", async () => {
    const other = workspace.again();
    other.git("remote", "set-url", "origin", origin);
    const both = await Promise.all([promote(INT), promote(INT, other)]);
    other.remove();
    const [winner] = both.filter(({ code }) => code === 0);
    const [loser] = both.filter(({ code }) => code !== 0);
    assert.ok(winner && loser, both.map(({ text }) => text).join("\n---\n"));
    assert.match(loser.text, new RegExp(`stack ${INT} is locked: promote of ${version}`));
    assert.equal((winner.result as unknown as Recorded).digest, digest);
  });

  it("the image is the same one in the other registry, with its signature, SBOM and provenance", () => {
    const there = `${REPOSITORIES[INT]}@${digest}`;
    assert.equal(crane("digest", there), digest);
    assert.equal(crane("digest", `${REPOSITORIES[INT]}:${version}`), digest);
    assert.deepEqual(runningDigests(INT), [digest]);
    const trust = ["--key", join(keys, "cosign.pub"), "--insecure-ignore-tlog=true"];
    execFileSync("cosign", ["verify", ...trust, there], { stdio: "ignore" });
    for (const type of ["spdxjson", "slsaprovenance1"]) {
      execFileSync("cosign", ["verify-attestation", "--type", type, ...trust, there], { stdio: "ignore" });
    }
  });

  it("prod takes what int proved, by the same digest", async () => {
    const { code, text, result } = await promote(PROD);
    assert.equal(code, 0, text);
    assert.equal((result as unknown as Recorded).digest, digest);
    assert.deepEqual(new Set(runningDigests(PROD)), new Set([digest]));
    assert.equal(crane("digest", `${REPOSITORIES[PROD]}:${PROD}`), digest);
    assert.equal(shared("rev-parse", `refs/tags/${PROD}/${version}^{commit}`).trim(), head());
  });

  it("status finds everywhere what the ledger says, and the board shows it", async () => {
    const stacks = STACKS.join(",");
    const { code, text, result } = await workspace.stagewright(["status", "--stacks", stacks, "--verify"]);
    assert.equal(code, 0, text);
    const { stacks: rows } = result as { stacks: { stack: string; verdict: { state: string } }[] };
    assert.deepEqual(
      rows.map(({ stack, verdict }) => [stack, verdict.state]),
      STACKS.map((stack) => [stack, "verified"]),
    );
    const file = join(workspace.directory, "release-board.html");
    const board = await workspace.stagewright(["board", "--stacks", stacks, "--out", file, "--drift"]);
    assert.equal(board.code, 0, board.text);
    const page = readFileSync(file, "utf8").replaceAll("<wbr />", "");
    for (const shown of [...STACKS, version, digest.slice(7, 19)]) assert.ok(page.includes(shown), shown);
    assert.equal(workspace.git("status", "--porcelain"), "");
  });

  it("drift finds nothing where nothing was touched, and names what was changed by hand", async () => {
    const clean = await workspace.stagewright(["drift", "--stack", TEST]);
    assert.equal(clean.code, 0, clean.text);
    kubectl("--namespace", `blog-${TEST}`, "set", "env", "deployment/blog", "BY_HAND=1");
    const found = await workspace.stagewright(["drift", "--stack", TEST]);
    assert.equal(found.code, 1, found.text);
    assert.match(found.text, /BY_HAND|env/);
    const { code, text } = await workspace.stagewright(["up", "--stack", TEST, "--yes"]);
    assert.equal(code, 0, text);
    kubectl("--namespace", `blog-${TEST}`, "set", "env", "deployment/blog", "BY_HAND-");
    kubectl("--namespace", `blog-${TEST}`, "rollout", "status", "deployment/blog", "--timeout", "120s");
  });

  it("a bad commit is taken back by itself, and readers of the old version lose no request", async () => {
    const page = workspace.read(LAYOUT);
    workspace.commit(
      LAYOUT,
      page.replaceAll(/Stagewright blog|(?<=<title>).*(?=<\/title>)/g, "Another blog"),
    );
    push();
    const bad = head();
    const load = new Load(`${TEST}.example.com`, "/", 50);
    const deployed = await workspace.stagewright(["deploy", "--stack", TEST, "--yes"]);
    const smoked = await workspace.stagewright(["smoke", "--stack", TEST]);
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    const report = await load.stop();
    assert.equal(deployed.code, 0, deployed.text);
    assert.equal(smoked.code, 1, smoked.text);
    assert.match(smoked.text, new RegExp(`stack ${TEST} is back at ${version}`));
    process.stdout.write(
      `      ${report.sent} requests, ${report.slow} of 1.5 s, ${report.failed.length} failed\n`,
    );
    assert.ok(report.sent > 1000, `only ${report.sent} requests were sent`);
    assert.deepEqual(report.failed, []);
    assert.deepEqual(runningDigests(TEST), [digest]);
    assert.match((await new Reader(`${TEST}.example.com`).get("/")).body, /Stagewright blog/);
    const [failed, back] = ledger()
      .filter(({ stack }) => stack === TEST)
      .slice(-2);
    assert.deepEqual([failed?.commit, failed?.result, failed?.failedStep], [bad, "failed", "smoke"]);
    assert.deepEqual([back?.operation, back?.digest, back?.replaces], ["rollback", digest, failed?.digest]);
    assert.deepEqual(
      tagsOf(REPOSITORIES[TEST]).filter((tag) => tag === failed?.version),
      [],
    );
    const promoted = await promote(INT);
    assert.equal(promoted.code, 1, promoted.text);
    assert.match(promoted.text, /it failed there at smoke/);
    workspace.commit(LAYOUT, page);
  });

  it("the next commit goes through in single stages, each of which wants the one before", async () => {
    workspace.commit(LAYOUT, workspace.read(LAYOUT).replace("</body>", "<p>next edition</p></body>"));
    push();
    const early = await workspace.stagewright(["tag-image", "--stack", TEST]);
    assert.equal(early.code, 2, early.text);
    assert.match(early.text, /did not pass deploy in stack/);
    for (const stage of [["deploy", "--yes"], ["smoke"], ["tag-image"], ["tag-git"]]) {
      const { code, text } = await workspace.stagewright([...stage, "--stack", TEST]);
      assert.equal(code, 0, `${stage.join(" ")}: ${text}`);
    }
    assert.equal(ledger().at(-1)?.commit, head());
    const promoted = await promote(INT);
    assert.equal(promoted.code, 0, promoted.text);
    assert.match((await new Reader(`${INT}.example.com`).get("/")).body, /next edition/);
  });

  it("rollback takes int back to the last good image, and holds the one that it leaves", async () => {
    const { code, text } = await workspace.stagewright([
      "rollback",
      "--stack",
      INT,
      "--yes",
      "--reason",
      "readers complained",
    ]);
    assert.equal(code, 0, text);
    assert.deepEqual(runningDigests(INT), [digest]);
    assert.equal(crane("digest", `${REPOSITORIES[INT]}:${INT}`), digest);
    const again = await promote(INT);
    assert.equal(again.code, 1, again.text);
    assert.match(again.text, /is held: stack stage-int was rolled back from it .*\(readers complained\)/);
    const status = await workspace.stagewright(["status", "--stacks", INT, "--verify"]);
    assert.equal(status.code, 0, status.text);
  });
});
