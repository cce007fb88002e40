import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, parsed } from "../support/call";
import { CliProject } from "../support/cli-project";

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

describe("the command line", () => {
  let project: CliProject;
  beforeEach(() => (project = new CliProject()));
  afterEach(() => project.remove());

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
      [
        ["secrets", "check", "--stack", "prod"],
        "secrets check looks at every stack, and takes no --stack: stagewright secrets check",
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

  describe("with a mistake in the configuration", () => {
    const text = `Pulumi.test.yaml: 1 mistake in the configuration of stack test

  application.port
    found     80
    expected  a whole number from 1024 to 65535
    mend      pulumi config set --stack test --path application.port 8080
`;
    for (const argv of [["render"], ["doctor"], ["preview"], ["up", "--yes"], ["destroy", "--yes"]]) {
      it(`${argv.join(" ")} tells it on standard error, and does nothing`, async () => {
        project.configure("test", /host: .*/, "port: 80\n    host: blog.example.com");
        assert.deepEqual(await call(...argv), { code: 2, out: "", err: text });
        assert.equal(project.engineWasCalled, false);
        assert.equal(existsSync(join(project.folder, "rendered")), false);
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
      writeFileSync(join(project.folder, "program.js"), 'exports.a = 1;\nthrow new TypeError("oops");\n');
      writeFileSync(join(project.folder, "Pulumi.yaml"), "name: stagewright\nmain: program.js\n");
      const { code, out, err } = await call("render");
      assert.equal(code, 1);
      assert.equal(out, "");
      assert.match(err, /TypeError: oops/);
      assert.match(err, /program\.js:2:/);
    });
  });
});
