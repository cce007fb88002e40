import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mock } from "node:test";
import { confirm } from "../../cli/confirm";
import { CliError, ExitCode } from "../../cli/exit";
import { main } from "../../cli/main";
import { createOutput } from "../../cli/output";
import { fakePrograms, type Programs } from "../support/programs";

const root = join(__dirname, "..", "..");
const COMMANDS = [
  "render",
  "doctor",
  "preview",
  "up",
  "destroy",
  "sign",
  "smoke",
  "review",
  "analyse",
  "release",
  "promote",
  "rollback",
  "deploy",
  "tag-image",
  "tag-git",
  "unlock",
  "status",
  "board",
  "drift",
  "drill",
  "switch-primary",
  "secrets",
  "version",
];
const STACKS = ["test", "int", "prod"];

interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Calls the command line in this process, and gives what it said. */
async function call(...argv: string[]): Promise<Said> {
  const [out, err] = [process.stdout, process.stderr].map((channel) =>
    mock.method(channel, "write", () => true),
  );
  const text = (spy = out) => (spy?.mock.calls ?? []).map(({ arguments: [chunk] }) => String(chunk)).join("");
  try {
    const code = await main(argv);
    return { code, out: text(out), err: text(err) };
  } finally {
    out?.mock.restore();
    err?.mock.restore();
  }
}

function parsed(text: string): Record<string, unknown>[] {
  assert.ok(text.endsWith("\n"), "the last line has no end");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const refused = (error: unknown) => error instanceof CliError && error.exitCode === ExitCode.Usage;

/** A project of its own: the repository's stacks and program, and a commit that holds them. */
describe("the command line", () => {
  const outside = process.cwd();
  const terminal = Object.getOwnPropertyDescriptor(process.stdin, "isTTY");
  let folder = "";
  let programs: Programs;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "cli-")));
    for (const file of ["Pulumi.yaml", "package.json", ...STACKS.map((stack) => `Pulumi.${stack}.yaml`)]) {
      copyFileSync(join(root, file), join(folder, file));
    }
    symlinkSync(join(root, "index.ts"), join(folder, "index.ts"));
    programs = fakePrograms("git");
    // An engine that must not be called, or else is found out.
    programs.write("pulumi", "exit 1");
    process.chdir(folder);
    Object.defineProperty(process.stdin, "isTTY", { value: false, configurable: true });
  });
  afterEach(() => {
    process.chdir(outside);
    programs.remove();
    if (terminal) Object.defineProperty(process.stdin, "isTTY", terminal);
    else Reflect.deleteProperty(process.stdin, "isTTY");
    rmSync(folder, { recursive: true });
  });

  const engineWasCalled = () => programs.calls("pulumi").length > 0;
  function git(...args: string[]): void {
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], {
      cwd: folder,
      stdio: "ignore",
      env: {
        ...process.env,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_COMMITTER_DATE: "2017-07-17T11:17:49Z",
        GIT_AUTHOR_DATE: "2017-07-17T11:17:49Z",
      },
    });
  }
  function commit(): void {
    writeFileSync(join(folder, ".gitignore"), "rendered/\n");
    git("init", "-q", "-b", "master");
    git("add", ".");
    git("commit", "-q", "-m", "All");
  }
  const configure = (stack: string, from: RegExp, to: string) => {
    const file = join(folder, `Pulumi.${stack}.yaml`);
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  };

  describe("as words", () => {
    it("without a command tells what there is, as a mistake", async () => {
      const { code, out, err } = await call();
      assert.equal(code, 2);
      assert.equal(err, "");
      for (const command of COMMANDS) assert.match(out, new RegExp(`^  ${command} `, "m"));
    });

    for (const word of ["--help", "-h", "help"]) {
      it(`tells the same when asked by ${word}, and that is fine`, async () => {
        const asked = await call(word);
        assert.equal(asked.code, 0);
        assert.equal(asked.out, (await call()).out);
      });
    }

    for (const command of COMMANDS) {
      it(`explains the options of ${command}, and does nothing`, async () => {
        const { code, out } = await call(command, "--help");
        assert.equal(code, 0);
        assert.match(out, new RegExp(`^stagewright ${command}: .+\n`));
        assert.match(out, /^ +--json +one JSON object a line$/m);
        assert.equal((await call(command, "-h")).out, out);
      });
    }

    const drills = [
      [["drill"], 'it takes one word, failover or restore, not "": stagewright drill --help'],
      [
        ["drill", "earthquake"],
        'it takes one word, failover or restore, not "earthquake": stagewright drill --help',
      ],
      [
        ["drill", "failover", "--fault", "rain"],
        "--fault takes switchover, delete, kill, node or all, not rain",
      ],
      [["drill", "restore", "--timeout", "soon"], "--timeout takes a whole number of minutes, not soon"],
    ] as const;
    for (const [words, text] of drills) {
      it(`refuses ${words.join(" ")}, and says what there is`, async () => {
        assert.deepEqual(await call(...words), { code: 2, out: "", err: `${text}\n` });
      });
    }

    for (const word of ["bogus", "constructor", "toString", "Up"]) {
      it(`refuses the command ${word}, and names those there are`, async () => {
        assert.deepEqual(await call(word), {
          code: 2,
          out: "",
          err: `"${word}" is no command; there are ${COMMANDS.join(", ")}: stagewright --help\n`,
        });
      });
    }

    const MISUSES: readonly (readonly [argv: readonly string[], reason: string])[] = [
      [["version", "--bogus"], "Unknown option '--bogus': stagewright version --help"],
      [["render", "--branch", "x"], "Unknown option '--branch': stagewright render --help"],
      [["review"], 'it takes one word, up or down or list or prune, not "": stagewright review --help'],
      [
        ["review", "off"],
        'it takes one word, up or down or list or prune, not "off": stagewright review --help',
      ],
      [
        ["review", "up", "down"],
        'it takes one word, up or down or list or prune, not "up down": stagewright review --help',
      ],
      [["up", "prod"], "Unexpected argument 'prod': stagewright up --help"],
      [
        ["destroy", "--delete-data"],
        "Option '--delete-data <value>' argument missing: stagewright destroy --help",
      ],
    ];
    for (const [argv, reason] of MISUSES) {
      it(`refuses ${argv.join(" ")}, with the help that explains it`, async () => {
        assert.deepEqual(await call(...argv), { code: 2, out: "", err: `${reason}\n` });
      });
    }

    it("tells mistakes as JSON where JSON is wanted, and nothing beside it", async () => {
      const { code, out, err } = await call("bogus", "--json");
      assert.equal(code, 2);
      assert.equal(err, "");
      const [result, ...rest] = parsed(out);
      assert.equal(result?.["event"], "result");
      assert.equal(result?.["exitCode"], 2);
      assert.match(String(result?.["error"]), /^"bogus" is no command/);
      assert.deepEqual(rest, []);
    });

    it("ends its process with the exit code", () => {
      const entry = [join(root, "cli", "main.ts"), "bogus"];
      const done = spawnSync(process.execPath, ["--import", "tsx", ...entry], {
        cwd: root,
        encoding: "utf8",
      });
      assert.equal(done.status, 2);
      assert.equal(done.stdout, "");
      assert.match(done.stderr, /^"bogus" is no command; there are render, /);
    });
  });

  describe("version", () => {
    const version = /^20170717\.111749-master-\d+\.\d+\.\d+\n$/;
    const noBranch = ["STAGEWRIGHT_BRANCH", "CI_COMMIT_REF_NAME", "BRANCH_NAME", "GITHUB_REF_NAME"];
    const before = noBranch.map((name) => [name, process.env[name]] as const);
    beforeEach(() => {
      for (const name of noBranch) delete process.env[name];
    });
    afterEach(() => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });

    it("prints the version of the commit, and nothing else", async () => {
      commit();
      const { code, out, err } = await call("version");
      assert.equal(code, 0);
      assert.match(out, version);
      assert.equal(err, "");
    });

    it("warns beside it where files differ from the commit", async () => {
      commit();
      writeFileSync(join(folder, "new"), "");
      const { code, out, err } = await call("version");
      assert.equal(code, 0);
      assert.match(out, version);
      assert.equal(err, "warning: there are changes that no commit holds; the version is the commit's\n");
    });

    it("takes the branch that is said", async () => {
      commit();
      const { out } = await call("version", "--branch", "feature/x");
      assert.match(out, /^20170717\.111749-feature-x-/);
    });

    it("is a line of JSON for programs, warnings too", async () => {
      commit();
      writeFileSync(join(folder, "new"), "");
      const { code, out, err } = await call("version", "--json");
      assert.equal(code, 0);
      assert.equal(err, "");
      const [warning, result] = parsed(out);
      assert.equal(warning?.["event"], "warning");
      assert.deepEqual(Object.keys(result ?? {}), ["event", "version", "commit", "dirty"]);
      assert.equal(result?.["dirty"], true);
    });

    it("refuses a package's version that is no semantic one, and says how to mend it", async () => {
      writeFileSync(join(folder, "package.json"), '{"version": "1.2"}');
      commit();
      const { code, err } = await call("version");
      assert.equal(code, 2);
      assert.match(err, /^package\.json: "1\.2" is no semantic version; .*: npm pkg set version=1\.2\.3\n$/);
      assert.match((await call("render")).err, /^package\.json: "1\.2" is no semantic version/);
    });

    it("is a missing part where there is no commit", async () => {
      process.env["GIT_CEILING_DIRECTORIES"] = dirname(folder);
      const { code, out, err } = await call("version");
      delete process.env["GIT_CEILING_DIRECTORIES"];
      assert.equal(code, 3);
      assert.equal(out, "");
      assert.equal(err, "there is no git commit here, so there is no version: git init && git commit\n");
    });
  });

  describe("render", () => {
    for (const stack of STACKS) {
      it(`shows the plan of ${stack} and writes its manifests, without an engine`, async () => {
        commit();
        const { code, out } = await call("render", "--stack", stack);
        assert.equal(code, 0);
        const files = readdirSync(join(folder, "rendered", stack));
        for (const file of ["deployment-blog.yaml", "cluster-blog-db.yaml", "secrets.json"]) {
          assert.ok(files.includes(file), file);
        }
        assert.ok(out.includes(`${files.length - 1} manifests are in rendered/${stack}; `));
        assert.equal(engineWasCalled(), false);
      });
    }

    it("names the values that are still to be set, with the commands that set them", async () => {
      const { out } = await call("render", "--stack", "int");
      const commands = out.slice(out.indexOf("To be set before `stagewright up --stack int`")).split("\n");
      assert.deepEqual(commands.slice(1, 5), [
        "  pulumi stack init int --secrets-provider passphrase",
        "  pulumi config set --stack int --secret --path secrets.application.signing-secret",
        "  pulumi config set --stack int --secret --path secrets.application.author-password",
        "  pulumi config set --stack int --path image.digest sha256:DIGEST",
      ]);
    });

    it("is one JSON object a line for programs, and every line can be read", async () => {
      const { code, out, err } = await call("render", "--stack", "int", "--json");
      assert.equal(code, 0);
      assert.equal(err, "");
      const events = parsed(out);
      const result = events.at(-1);
      assert.equal(result?.["event"], "result");
      assert.equal(result?.["stack"], "int");
      assert.equal(result?.["folder"], "rendered/int");
      assert.equal(events.filter(({ event }) => event === "result").length, 1);
    });

    it("replaces what an earlier run wrote, and leaves other files", async () => {
      mkdirSync(join(folder, "rendered", "test"), { recursive: true });
      for (const file of ["old.yaml", "mine.txt"]) writeFileSync(join(folder, "rendered", "test", file), "");
      await call("render");
      const files = readdirSync(join(folder, "rendered", "test"));
      assert.ok(files.includes("mine.txt"));
      assert.ok(!files.includes("old.yaml"));
    });
  });

  describe("with a mistake in the configuration", () => {
    const text = `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.port
    found     80
    expected  a whole number from 1024 to 65535
    mend      pulumi config set --stack test --path application.port 8080
`;
    for (const argv of [["render"], ["doctor"], ["preview"], ["up", "--yes"], ["destroy", "--yes"]]) {
      it(`${argv.join(" ")} tells it on standard error, and does nothing`, async () => {
        configure("test", /host: .*/, "port: 80\n    host: blog.example.com");
        assert.deepEqual(await call(...argv), { code: 2, out: "", err: text });
        assert.equal(engineWasCalled(), false);
        assert.equal(existsSync(join(folder, "rendered")), false);
      });
    }

    it("names the stacks' file where a stack has none", async () => {
      const { code, err } = await call("doctor", "--stack", "staging");
      assert.equal(code, 2);
      assert.match(
        err,
        /^there is no Pulumi\.staging\.yaml here, .*cp Pulumi\.test\.yaml Pulumi\.staging\.yaml\n$/,
      );
    });
  });

  describe("with a mistake in the program", () => {
    it("fails, and shows file and line", async () => {
      // Nothing to compile: a loader that starts its compiler only now would look for itself in this folder.
      writeFileSync(join(folder, "program.js"), 'exports.a = 1;\nthrow new TypeError("oops");\n');
      writeFileSync(join(folder, "Pulumi.yaml"), "name: stagewright\nmain: program.js\n");
      const { code, out, err } = await call("render");
      assert.equal(code, 1);
      assert.equal(out, "");
      assert.match(err, /TypeError: oops/);
      assert.match(err, /program\.js:2:/);
    });
  });

  describe("before something is destroyed", () => {
    const refusal = "nobody is here to be asked; if it is meant, say so: --yes\n";

    it("asks, and where nobody can answer, wants --yes", async () => {
      assert.deepEqual(await call("destroy"), { code: 2, out: "", err: refusal });
      assert.deepEqual(await call("destroy", "--delete-data", "test"), { code: 2, out: "", err: refusal });
      assert.equal(engineWasCalled(), false);
    });

    it("wants the stack's own name for its data, with --yes too", async () => {
      for (const name of ["prod", "Test", ""]) {
        assert.deepEqual(await call("destroy", "--yes", "--delete-data", name), {
          code: 2,
          out: "",
          err: `--delete-data takes the stack's name, test, not ${name}; nothing was changed\n`,
        });
      }
      assert.equal(engineWasCalled(), false);
    });

    it("fails with what the engine said once it is meant, and never asks", async () => {
      const state = `case "$*" in "stack export"*) echo '{"deployment":{}}'; exit;; esac`;
      programs.write("pulumi", `${state}; echo 'error: locked' >&2; exit 255`);
      const { code, err } = await call("destroy", "--yes");
      assert.equal(code, 1);
      assert.equal(err, "stack test was not destroyed\nerror: locked\n");
      assert.deepEqual(programs.calls("pulumi"), [
        "stack export --stack test --non-interactive",
        "destroy --stack test --yes --skip-preview --exclude-protected --json --non-interactive",
      ]);
    });
  });

  describe("with a stack whose image is brought to it, and named in no file", () => {
    beforeEach(() => {
      const config = {
        "stagewright:image": { repository: "r.example.com/blog" },
        "stagewright:gateway": { name: "public", namespace: "gateway" },
        "stagewright:application": { host: "blog.example.com" },
      };
      writeFileSync(join(folder, "Pulumi.int.yaml"), JSON.stringify({ config }));
    });

    it("destroy comes as far as the engine", async () => {
      programs.write("pulumi", "echo 'error: locked' >&2; exit 255");
      const { code, err } = await call("destroy", "--stack", "int", "--yes");
      assert.equal(code, 1);
      assert.match(err, /^stack int was not destroyed\n.*error: locked\n$/);
    });

    it("doctor looks at its parts", async () => {
      const { code, out } = await call("doctor", "--stack", "int");
      assert.equal(code, 3);
      assert.match(out, /^MISSING .*kubectl/m);
    });
  });

  /** Lets a stack be locked by somebody's run. */
  const lock = (state: object, stack = "int") => {
    commit();
    writeFileSync(join(folder, "run.json"), JSON.stringify(state));
    const args = ["hash-object", "-w", "run.json"];
    git(
      "update-ref",
      `refs/stagewright/runs/${stack}`,
      execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim(),
    );
  };

  describe("unlock", () => {
    const elsewhere = {
      operation: "promote",
      stack: "int",
      version: "20170717.111749-master-1.2.3",
      began: "2026-07-01T10:00:00.000Z",
      holder: { host: "ci-7", pid: 12, by: "ann", pipeline: "https://ci.example.com/7" },
      done: [{ name: "copy", ended: "2026-07-01T10:00:01.000Z" }],
    };

    it("says so where there is nothing to unlock", async () => {
      commit();
      const { code, out } = await call("unlock", "--stack", "int", "--yes");
      assert.deepEqual([code, out], [0, "stack int was not locked\n"]);
    });

    it("gives the run up, and tells what it was", async () => {
      lock(elsewhere);
      const { code, out } = await call("unlock", "--stack", "int", "--yes");
      assert.equal(code, 0);
      assert.equal(
        out,
        "stack int is unlocked\ngiven up, done so far: copy: promote of 20170717.111749-master-1.2.3 by ann " +
          "on ci-7, process 12, since 2026-07-01T10:00:00.000Z, https://ci.example.com/7\n",
      );
      const again = parsed((await call("unlock", "--stack", "int", "--yes", "--json")).out);
      assert.deepEqual(again, [{ event: "result", stack: "int", unlocked: false }]);
    });

    it("asks first, and changes nothing where nobody answers", async () => {
      lock(elsewhere);
      assert.equal((await call("unlock", "--stack", "int")).code, 2);
      assert.match((await call("unlock", "--stack", "int", "--yes")).out, /^stack int is unlocked\n/);
    });

    it("is what up waits for, which would come in between", async () => {
      lock({ ...elsewhere, stack: "test" }, "test");
      const { code, err } = await call("up", "--yes");
      assert.equal(code, 1);
      assert.match(
        err,
        /^stack test is locked: promote of .* on ci-7, .*\n.*: stagewright unlock --stack test\n$/,
      );
      assert.equal(engineWasCalled(), false);
    });

    it("wants --force for what it cannot read", async () => {
      lock({ something: "else" });
      const { code, err } = await call("unlock", "--stack", "int", "--yes");
      assert.equal(code, 1);
      assert.match(err, /cannot read; .*: stagewright unlock --stack int --force\n$/);
      assert.equal((await call("unlock", "--stack", "int", "--yes", "--force")).code, 0);
    });
  });

  describe("with the image that a stack runs", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const image = `r.example.com/blog@${digest}`;
    const outputs = JSON.stringify({ image, commit: "c".repeat(40), version: "1-master-1.0.0" });

    it("sign says what was there, and takes key or identity", async () => {
      programs.write("pulumi", `echo '${outputs}'`);
      const signature = {
        type: "https://sigstore.dev/cosign/sign/v1",
        image: { "docker-manifest-digest": digest },
      };
      const payload = Buffer.from('{"predicate":{}}').toString("base64");
      programs.write(
        "cosign",
        `case "$1" in verify) echo '${JSON.stringify([{ critical: signature }])}';; ` +
          `*) echo '{"payload":"${payload}"}';; esac`,
      );
      for (const who of [
        ["--key", "hashivault://blog"],
        ["--identity", "ci@example.com", "--issuer", "https://accounts.example.com"],
      ]) {
        const { code, out } = await call("sign", ...who);
        assert.equal(code, 0);
        assert.equal(out, `${image}\n  sbom was there\n  provenance was there\n  signature was there\n`);
      }
    });

    for (const who of [
      [],
      ["--identity", "x"],
      ["--issuer", "x"],
      ["--key", "x", "--identity", "y", "--issuer", "z"],
    ]) {
      it(`sign ${who.join(" ")} is refused, as it is not clear who signs`, async () => {
        const { code, err } = await call("sign", ...who);
        assert.equal(code, 2);
        assert.match(err, /^it is not said who signs: --key FILE-OR-URI, or --identity and --issuer /);
        assert.equal(engineWasCalled(), false);
      });
    }

    it("sign is refused for a stack that did not build it", async () => {
      const { code, err } = await call("sign", "--stack", "int", "--key", "hashivault://blog");
      assert.equal(code, 2);
      assert.match(err, /stack int/);
      assert.equal(engineWasCalled(), false);
    });
  });

  describe("a question", () => {
    it("is not asked where it was answered by --yes", async () => {
      await confirm("Really?", true, createOutput(false));
      await confirm("Really?", true, createOutput(true));
    });

    it("cannot be asked without a terminal", async () => {
      await assert.rejects(confirm("Really?", false, createOutput(false)), refused);
    });

    it("is not asked of a program, even in a terminal", async () => {
      Object.defineProperty(process.stdin, "isTTY", { value: true, configurable: true });
      await assert.rejects(confirm("Really?", false, createOutput(true)), refused);
    });
  });
});
