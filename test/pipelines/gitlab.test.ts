import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { Loopback } from "../support/loopback";
import { installGitLabCiLocal, ROOT, StandIn, temporaryFolder } from "./parts";

type Job = Readonly<Record<string, unknown>>;

const PIPELINE = "pipelines/gitlab/stagewright.gitlab-ci.yml";
const OVERRIDDEN = ["CI_DEFAULT_BRANCH", "CI_PIPELINE_SOURCE", "CI_COMMIT_TAG"];
const board = "board --out reports/release-board.html";
const toInt = ["analyse", "release --stack test --yes", board, "promote --from test --to int --yes", board];

describe("GitLab's pipeline, run by gitlab-ci-local", () => {
  const tools = temporaryFolder("gitlab-ci-local");
  let entry: string;
  let standIn: StandIn;
  before(() => {
    entry = installGitLabCiLocal(tools);
  });
  after(() => rmSync(tools, { recursive: true }));
  afterEach(() => standIn.remove());

  interface Ran {
    readonly code: number | null;
    readonly text: string;
  }
  /** Runs a pipeline, or what `args` ask for; the file is checked against GitLab's JSON schema before. */
  function run(variables: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> {
    const all = {
      STAGEWRIGHT: standIn.command,
      STAGEWRIGHT_INSTALL: "true",
      CI_DEFAULT_BRANCH: "main",
      CI_PIPELINE_SOURCE: "push",
      ...variables,
    };
    const said = Object.entries(all).flatMap(([key, value]) => ["--variable", `${key}=${value}`]);
    const how = ["--force-shell-executor", "--shell-isolation", "--no-color"];
    const quiet = ["--ignore-predefined-vars", OVERRIDDEN.join(",")];
    const { NODE_OPTIONS: _loaders, ...env } = process.env;
    const child = spawn(process.execPath, [entry, ...how, ...quiet, ...said, ...args], {
      cwd: standIn.checkout(),
      env: { ...env, HOME: standIn.folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => chunks.push(String(chunk)));
    return new Promise(
      (resolve) => void child.on("close", (code) => resolve({ code, text: chunks.join("") })),
    );
  }
  /** Whether there is a pipeline: gitlab-ci-local passes `workflow` over, so its rules are asked of a job that has them. */
  async function hasPipeline(variables: Readonly<Record<string, string>>): Promise<boolean> {
    const { workflow } = parse(readFileSync(join(ROOT, PIPELINE), "utf8")) as {
      workflow: { rules: readonly object[] };
    };
    standIn.write("workflow.yml", stringify({ asked: { script: "true", rules: workflow.rules } }));
    const { text } = await run(variables, "--file", "workflow.yml", "--list-csv");
    assert.match(text, /^name;/m);
    return /^asked;/m.test(text);
  }
  const schedule = { CI_PIPELINE_SOURCE: "schedule" };
  const mergeRequest = { CI_PIPELINE_SOURCE: "merge_request_event" };

  describe("on the default branch", () => {
    beforeEach(() => {
      standIn = new StandIn("main");
    });

    it("analyses, releases to TEST, promotes to INT, and waits at the gate", async () => {
      const { code, text } = await run({});
      assert.equal(code, 0, text);
      assert.match(text, /json schema validated/);
      assert.deepEqual(standIn.calls(), toInt);
    });

    it("goes to PROD when somebody opens the gate, after INT", async () => {
      const { code, text } = await run({}, "--manual", "promote-prod");
      assert.equal(code, 0, text);
      assert.deepEqual(standIn.calls(), [...toInt, "promote --from int --to prod --yes", board]);
    });

    const FAILURES: readonly (readonly [at: string, calls: readonly string[]])[] = [
      ["analyse", ["analyse"]],
      ["release", ["analyse", "release --stack test --yes", board]],
      ["--to int", toInt],
    ];
    for (const [at, calls] of FAILURES) {
      it(`stops where ${at} fails, whoever opens the gate`, async () => {
        const { code } = await run({ FAILS_AT: at }, "--manual", "promote-prod");
        assert.notEqual(code, 0);
        assert.deepEqual(standIn.calls(), calls);
      });
    }

    it("rolls PROD back when somebody asks for it", async () => {
      assert.equal((await run({}, "rollback-prod")).code, 0);
      assert.deepEqual(standIn.calls(), ["rollback --stack prod --yes", board]);
    });

    it("by schedule only looks for drift, in every stack", async () => {
      assert.equal((await run(schedule)).code, 0);
      const drift = standIn.calls().filter((call) => call !== board);
      assert.deepEqual(drift.toSorted(), ["drift --stack int", "drift --stack prod", "drift --stack test"]);
    });

    it("does nothing for the tags that a release sets", async () => {
      assert.equal(await hasPipeline({ CI_COMMIT_TAG: "1.0.0" }), false);
      assert.equal(await hasPipeline({}), true);
    });

    it("makes a Vault token of the pipeline's identity where a role is named, and says neither", async () => {
      const vault = new Loopback();
      try {
        const address = await vault.start(() => ({
          status: 200,
          body: { auth: { client_token: "canary-token" } },
        }));
        const variables = { VAULT_ROLE: "deployer", VAULT_ADDR: address, VAULT_ID_TOKEN: "canary-jwt" };
        const { code, text } = await run(variables, "release-test");
        assert.equal(code, 0, text);
        assert.deepEqual(
          vault.asked.map(({ method, path, body }) => [method, path, JSON.parse(body) as unknown]),
          [["POST", "/v1/auth/jwt/login", { role: "deployer", jwt: "canary-jwt" }]],
        );
        assert.equal(standIn.tokens()[0], "vault token: canary-token");
        assert.doesNotMatch(text, /canary-token/);
      } finally {
        await vault.stop();
      }
    });

    it("stops before anything is deployed where Vault refuses", async () => {
      const vault = new Loopback();
      try {
        const address = await vault.start(() => ({ status: 403 }));
        const variables = { VAULT_ROLE: "deployer", VAULT_ADDR: address, VAULT_ID_TOKEN: "canary-jwt" };
        assert.notEqual((await run(variables, "release-test")).code, 0);
        assert.deepEqual(
          standIn.calls().filter((call) => call !== board),
          [],
        );
      } finally {
        await vault.stop();
      }
    });
  });

  describe("of a merge request", () => {
    beforeEach(() => {
      standIn = new StandIn("feature/x");
    });

    it("analyses, previews as a comment, makes a review app with its address, and releases nothing", async () => {
      const { code, text } = await run(mergeRequest);
      assert.equal(code, 0, text);
      const [first, ...rest] = standIn.calls();
      assert.equal(first, "analyse");
      assert.deepEqual(rest.toSorted(), [
        "preview --stack test --comment",
        "review up --branch feature/x --yes",
      ]);
      // GitLab takes the environment's address from the report; gitlab-ci-local only keeps the report.
      assert.match(text, /review environment: \{ name: review\/feature-x, /);
      assert.equal(standIn.dotenv("review"), "REVIEW_URL=https://x.blog.example.com\n");
    });

    it("takes the review app away when GitLab stops its environment", async () => {
      assert.equal((await run(mergeRequest, "review-stop")).code, 0);
      assert.deepEqual(standIn.calls(), ["review down --branch feature/x --yes"]);
    });

    it("is the only one for a push to its branch", async () => {
      assert.equal(await hasPipeline({}), false);
      assert.equal(await hasPipeline(mergeRequest), true);
    });

    it("has each deploying job alone at its stack, uncut, with the whole history and the pipeline's identity", async () => {
      const { text } = await run(mergeRequest, "--preview");
      const jobs = parse(text.slice(text.indexOf("---\n"))) as Record<string, Job>;
      const deploying = Object.entries(jobs).filter(([, job]) => job["id_tokens"] !== undefined);
      assert.deepEqual(
        deploying.map(([name, job]) => [name, job["resource_group"], job["interruptible"]]),
        [
          ["preview", "test", false],
          ["review", "review/$CI_COMMIT_REF_SLUG", false],
          ["review-stop", "review/$CI_COMMIT_REF_SLUG", false],
          ["release-test", "test", false],
          ["promote-int", "int", false],
          ["promote-prod", "prod", false],
          ["rollback-prod", "prod", false],
          ["drift", "$STACK", false],
        ],
      );
      assert.equal(jobs["variables"]?.["GIT_DEPTH"], "0");
      const review = jobs["review"]?.["environment"] as Record<string, string>;
      assert.deepEqual(
        [review["url"], review["on_stop"], review["auto_stop_in"]],
        ["$REVIEW_URL", "review-stop", "3 days"],
      );
    });
  });

  it("is a handful of lines in a project that includes it", () => {
    standIn = new StandIn("main");
    const lines = readFileSync(join(ROOT, ".gitlab-ci.yml"), "utf8").split("\n").filter(Boolean);
    assert.ok(lines.length <= 10, `${lines.length} lines`);
  });
});
