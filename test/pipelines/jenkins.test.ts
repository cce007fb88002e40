import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { whereOnPath, StandIn } from "./parts";

const JENKINSFILE = "pipelines/jenkins/Jenkinsfile";
const board = "board --out reports/release-board.html";
const release = "release --stack test --yes";
const toInt = "promote --from test --to int --yes";
const toProd = "promote --from int --to prod --yes";
const prune = "review prune --yes";

interface Step {
  readonly stage: string;
  readonly step: string;
  readonly label?: string;
  readonly locks: readonly string[];
  readonly credentials: readonly string[];
  readonly agent: boolean;
  readonly [argument: string]: unknown;
}
interface Ran {
  readonly code: number | null;
  readonly text: string;
  readonly result: string;
  readonly stages: readonly { readonly name: string; readonly state: string }[];
  readonly steps: readonly Step[];
  readonly declared: Readonly<Record<string, readonly unknown[]>>;
}
interface Build {
  readonly env?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly cause?: string;
  readonly gate?: "open";
  /** What credentials hold, by their ids. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A stand-in for Vault, which a build asks while this process waits for it. */
const VAULT = `
const [status, file] = process.argv.slice(1);
require("http").createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk)).on("end", () => {
    require("fs").appendFileSync(file, JSON.stringify([request.method, request.url, body]) + "\\n");
    response.writeHead(Number(status)).end('{"auth":{"client_token":"canary-token"}}');
  });
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;

/** What was called, with the lock that it held. */
const locksOf = (steps: readonly Step[]) =>
  steps.flatMap(({ label, locks: [lock] }) =>
    label && lock ? [[label.replace("stagewright ", ""), lock]] : [],
  );

/** The credentials of each command. */
const credentialsOf = ({ steps }: Ran) =>
  steps.filter(({ label }) => label !== undefined).map(({ credentials }) => credentials);

/** What a build asked Vault. */
const asked = ({ folder }: StandIn) =>
  readFileSync(join(folder, "asked"), "utf8").trim().split("\n").filter(Boolean);

describe("Jenkins' pipeline, read by Groovy and its steps run by a shell", () => {
  let standIn: StandIn;
  beforeEach(() => {
    standIn = new StandIn("main");
  });
  afterEach(() => standIn.remove());

  /** Runs a build of the branch main, or what `build` says instead. */
  function run({ env = {}, ...build }: Build = {}): Ran {
    const directory = standIn.checkout();
    const [input, output] = [join(standIn.folder, "build.json"), join(standIn.folder, "record.json")];
    const usual = {
      BRANCH_NAME: "main",
      JOB_NAME: "team/blog/main",
      STAGEWRIGHT: standIn.command,
      STAGEWRIGHT_INSTALL: "true",
    };
    const params = { ACTION: "release" };
    writeFileSync(input, JSON.stringify({ params, ...build, directory, env: { ...usual, ...env } }));
    const runner = join(__dirname, "jenkins/run.groovy");
    // Debian's groovy looks for Java where it need not be.
    const java = dirname(dirname(realpathSync(whereOnPath("java"))));
    const done = spawnSync("groovy", [runner, join(directory, JENKINSFILE), input, output], {
      encoding: "utf8",
      env: { ...process.env, JAVA_HOME: java },
    });
    const text = done.stdout + done.stderr;
    if (done.status !== 0)
      return { code: done.status, text, result: "", stages: [], steps: [], declared: {} };
    return { code: 0, text, ...(JSON.parse(readFileSync(output, "utf8")) as Omit<Ran, "code" | "text">) };
  }
  const pullRequest = {
    BRANCH_NAME: "PR-7",
    JOB_NAME: "team/blog/PR-7",
    CHANGE_ID: "7",
    CHANGE_BRANCH: "feature/x y",
  };

  it("analyses, releases to TEST, promotes to INT, and to PROD only through the gate", () => {
    const { result, text, steps } = run({ gate: "open" });
    assert.equal(result, "SUCCESS", text);
    assert.deepEqual(standIn.calls(), ["analyse", prune, release, toInt, board, toProd, board]);
    const gate = steps.filter(({ stage }) => stage === "Gate").map(({ step, agent }) => [step, agent]);
    assert.deepEqual(gate, [
      ["milestone", false],
      ["input", false],
      ["milestone", false],
    ]);
  });

  it("stays in INT where nobody opens the gate", () => {
    const { result, stages } = run();
    assert.equal(result, "ABORTED");
    assert.equal(stages.find(({ name }) => name === "PROD")?.state, "skipped");
    assert.deepEqual(standIn.calls(), ["analyse", prune, release, toInt, board]);
  });

  const FAILURES: readonly (readonly [at: string, calls: readonly string[]])[] = [
    ["analyse", ["analyse", board]],
    ["release", ["analyse", prune, release, board]],
    ["--to int", ["analyse", prune, release, toInt, board]],
    ["--to prod", ["analyse", prune, release, toInt, board, toProd, board]],
  ];
  for (const [at, calls] of FAILURES) {
    it(`stops where ${at} fails, whoever opens the gate, and says how to go back`, () => {
      const { result, steps } = run({ gate: "open", env: { FAILS_AT: at } });
      assert.equal(result, "FAILURE");
      assert.deepEqual(standIn.calls(), calls);
      const last = steps.at(-1);
      assert.deepEqual([last?.step, /ACTION rollback/.test(String(last?.["message"]))], ["echo", true]);
    });
  }

  for (const failing of [prune, board]) {
    it(`is not stopped by ${failing}`, () => {
      assert.equal(run({ gate: "open", env: { FAILS_AT: failing } }).result, "SUCCESS");
      assert.ok(standIn.calls().includes(toProd));
    });
  }

  it("previews a change request and makes its review app, whatever the branch is called, and releases nothing", () => {
    assert.equal(run({ env: pullRequest }).result, "SUCCESS");
    assert.deepEqual(standIn.calls(), [
      "analyse",
      "preview --stack test --comment",
      "review up --branch feature/x y --yes",
    ]);
  });

  it("gives a fork no more than its analysis", () => {
    assert.equal(run({ env: { ...pullRequest, CHANGE_FORK: "somebody" } }).result, "SUCCESS");
    assert.deepEqual(standIn.calls(), ["analyse"]);
  });

  it("only analyses a branch without a change request", () => {
    assert.equal(run({ gate: "open", env: { BRANCH_NAME: "login" } }).result, "SUCCESS");
    assert.deepEqual(standIn.calls(), ["analyse"]);
  });

  it("rolls PROD back when that is chosen, and does nothing else", () => {
    const { result, declared } = run({ params: { ACTION: "rollback" } });
    assert.equal(result, "SUCCESS");
    assert.deepEqual(standIn.calls(), ["rollback --stack prod --yes", board]);
    const [action] = declared["parameters"] as readonly { choices: readonly string[] }[];
    assert.deepEqual(action?.choices, ["release", "rollback"]);
  });

  it("every night only looks for drift, in each stack even where it finds some", () => {
    const { result, declared } = run({ cause: "TimerTrigger", env: { FAILS_AT: "drift --stack test" } });
    assert.equal(result, "FAILURE");
    assert.deepEqual(standIn.calls(), [
      "drift --stack test",
      "drift --stack int",
      "drift --stack prod",
      board,
    ]);
    assert.deepEqual(declared["cron"], ["H 4 * * *"]);
    assert.deepEqual(run({ env: pullRequest }).declared["cron"], [""]);
  });

  it("has each step that changes a stack alone at it, among all branches of the project", () => {
    assert.deepEqual(locksOf(run({ gate: "open" }).steps), [
      [prune, "team/blog review"],
      [release, "team/blog test"],
      [toInt, "team/blog int"],
      [toProd, "team/blog prod"],
    ]);
    assert.deepEqual(locksOf(run({ env: pullRequest }).steps), [
      ["preview --stack test --comment", "team/blog test"],
      ['review up --branch "$CHANGE_BRANCH" --yes', "team/blog review feature/x y"],
    ]);
  });

  it("checks out the whole history, and leaves nothing that a release would take for a change", () => {
    const { steps } = run();
    const checkout = steps.find(({ step }) => step === "checkout");
    assert.match(String(checkout?.["scm"]), /cloneOption \[noTags:false, shallow:false\]/);
    assert.equal(readFileSync(join(standIn.checkout(), ".git/info/exclude"), "utf8"), "reports/\n");
  });

  it("pushes with the credentials that are named, and with none where none are", () => {
    assert.ok(credentialsOf(run()).every((credentials) => credentials.length === 0));
    const named = credentialsOf(run({ env: { STAGEWRIGHT_GIT_CREDENTIALS: "git" } }));
    assert.ok(named.length > 0 && named.every(([credentials]) => credentials === "git"));
  });

  describe("with a role at Vault", () => {
    let vault: ChildProcess | undefined;
    afterEach(() => vault?.kill());

    async function runWithVault(status: number, build: Build = {}): Promise<Ran> {
      const file = join(standIn.folder, "asked");
      writeFileSync(file, "");
      const child = spawn(process.execPath, ["-e", VAULT, String(status), file], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      vault = child;
      const [port] = (await once(child.stdout, "data")) as [Buffer];
      const env = {
        VAULT_ROLE: "deployer",
        VAULT_ADDR: `http://127.0.0.1:${port.toString().trim()}`,
        STAGEWRIGHT_VAULT_CREDENTIALS: "vault-identity",
        ...build.env,
      };
      return run({ ...build, env, secrets: { "vault-identity": "canary-jwt" } });
    }
    it("makes a token of the build's identity for what changes a stack, and says neither", async () => {
      const { result, text, steps } = await runWithVault(200, { gate: "open" });
      assert.equal(result, "SUCCESS", text);
      const login = JSON.stringify(["POST", "/v1/auth/jwt/login", '{"role":"deployer","jwt":"canary-jwt"}']);
      // Merged branches, TEST, INT, PROD.
      assert.deepEqual(asked(standIn), [login, login, login, login]);
      const [got, none] = ["vault token: canary-token", "vault token: none"];
      assert.deepEqual(standIn.tokens(), [none, got, got, got, none, got, none]);
      assert.doesNotMatch(text, /canary/);
      assert.ok(steps.every(({ script }) => !/canary/.test(String(script))));
    });

    it("gives none to the analysis of a fork", async () => {
      await runWithVault(200, { env: { ...pullRequest, CHANGE_FORK: "somebody" } });
      assert.deepEqual([asked(standIn), standIn.tokens()], [[], ["vault token: none"]]);
    });

    it("pushes with the credentials that are named as well", async () => {
      const ran = await runWithVault(200, { env: { STAGEWRIGHT_GIT_CREDENTIALS: "git" } });
      const released = ran.steps.find(({ label }) => label === `stagewright ${release}`);
      assert.deepEqual(released?.credentials, ["git,vault-identity"]);
    });

    it("changes nothing where Vault refuses", async () => {
      const { result } = await runWithVault(403, { gate: "open" });
      assert.equal(result, "FAILURE");
      assert.deepEqual(standIn.calls(), ["analyse", board]);
    });
  });

  // The runner is no Jenkins: it must refuse what Jenkins refuses, or its word is worth nothing.
  const BROKEN: readonly (readonly [what: string, from: string, to: string, message: RegExp])[] = [
    ["a section that does not exist", "agent none", "agents none", /pipeline takes no agents/],
    ["a condition that does not exist", "changeRequest()", "mergeRequest()", /takes no mergeRequest/],
    [
      "other code than calls",
      "milestone 1\n",
      "if (true) { milestone 1 }\n",
      /takes a section or a step here/,
    ],
    ["a step that does not exist", "milestone 1\n", "milestones 1\n", /milestones is no step/],
    [
      "an argument that a step does not take",
      "submitter:",
      "submitters:",
      /input takes message, .* not \[submitters\]/,
    ],
    [
      "a step without the agent that it needs",
      "milestone 3",
      "sh 'true'",
      /sh needs an agent, and stage Gate has none/,
    ],
    ["no Groovy at all", "agent none", "agent none }", /startup failed/],
  ];
  for (const [what, from, to, message] of BROKEN) {
    it(`is refused with ${what}`, () => {
      const text = readFileSync(join(standIn.checkout(), JENKINSFILE), "utf8");
      assert.ok(text.includes(from));
      standIn.write(JENKINSFILE, text.replace(from, to));
      const ran = run({ gate: "open" });
      assert.notEqual(ran.code, 0);
      assert.match(ran.text, message);
    });
  }
});
