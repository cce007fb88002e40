import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { capture, onPath, stream } from "../../adapters/processes";

const node = process.execPath;

/** Counts what it receives; it ends by itself a while after so many signals. */
const counter = (last: number) => `
  let count = 0;
  process.on("SIGINT", () => { count += 1; console.log("interrupt " + count); if (count === ${last}) setTimeout(end, 300); });
  process.on("SIGTERM", () => console.log("terminated"));
  const end = () => { console.log("total " + count); process.exit(7); };
  setTimeout(() => process.exit(9), 10000);
  console.log("ready");
`;

describe("a program that is run to its end", () => {
  it("gives its exit code and what it printed", async () => {
    assert.deepEqual(await capture("sh", ["-c", "echo out; echo err >&2"]), {
      exitCode: 0,
      stdout: "out",
      stderr: "err",
    });
    assert.deepEqual(await capture("sh", ["-c", "echo out; echo err >&2; exit 3"]), {
      exitCode: 3,
      stdout: "out",
      stderr: "err",
    });
  });

  it("gives 1 when it was ended by a signal: it was there", async () => {
    assert.equal((await capture("sh", ["-c", "kill -TERM $$"])).exitCode, 1);
  });

  it("gives 127 when it is missing, and a word of it", async () => {
    const { exitCode, stdout, stderr } = await capture("no-such-program", ["--version"]);
    assert.equal(exitCode, 127);
    assert.equal(stdout, "");
    assert.match(stderr, /no-such-program/);
  });

  it("reads its input", async () => {
    assert.equal((await capture("cat", [], { input: "some text" })).stdout, "some text");
  });

  it("reads nothing where no input is given: not what a person types to us", () => {
    const program =
      'require("./adapters/processes.ts").capture("cat", []).then((done) => console.log(done.stdout))';
    const { stdout, status } = spawnSync(node, ["--import", "tsx", "-e", program], {
      cwd: join(__dirname, "..", ".."),
      input: "typed",
      encoding: "utf8",
    });
    assert.deepEqual([stdout, status], ["\n", 0]);
  });

  it("runs in its folder, with more variables beside the ones there are", async () => {
    const { stdout } = await capture("sh", ["-c", 'pwd; echo "$MORE"; echo "$PATH"'], {
      cwd: "/",
      env: { MORE: "more" },
    });
    assert.equal(stdout, `/\nmore\n${process.env["PATH"]}`);
  });

  it("takes its arguments as they are: no shell reads them", async () => {
    const words = ["a b", "$HOME", "`id`", "*", "", '"'];
    const { stdout } = await capture(node, ["-p", "JSON.stringify(process.argv.slice(1))", ...words]);
    assert.deepEqual(JSON.parse(stdout), words);
  });
});

describe("a program on PATH", () => {
  const path = process.env["PATH"];
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "processes-"));
    process.env["PATH"] = [join(folder, "missing"), folder].join(delimiter);
  });
  afterEach(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  it("is one that can be run, in any of its folders", () => {
    const file = join(folder, "tool");
    assert.equal(onPath("tool"), false);
    writeFileSync(file, "");
    chmodSync(file, 0o644);
    // Root may read anything, but runs only what is marked to be run.
    assert.equal(onPath("tool"), false);
    chmodSync(file, 0o755);
    assert.equal(onPath("tool"), true);
  });
});

async function lines(command: string, args: readonly string[], onLine = (_line: string): void => {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const exitCode = await stream(command, args, {
    onLine: (line) => {
      out.push(line);
      onLine(line);
    },
    onErrorLine: (line) => void err.push(line),
  });
  return { exitCode, out, err };
}

const listeners = () => process.listenerCount("SIGINT") + process.listenerCount("SIGTERM");

describe("a long program", () => {
  it("hands over its lines, the last without an end too, and its exit code", async () => {
    const script = "echo one; echo oops >&2; printf 'two\\nthree'; exit 4";
    assert.deepEqual(await lines("sh", ["-c", script]), {
      exitCode: 4,
      out: ["one", "two", "three"],
      err: ["oops"],
    });
  });

  it("hands a line over as soon as it is there", async () => {
    // The program ends only once its first line was read and answered.
    const folder = mkdtempSync(join(tmpdir(), "stream-"));
    const file = join(folder, "answer");
    const script = `echo ready; until [ -e ${file} ]; do sleep 0.01; done; echo done`;
    const { out } = await lines("sh", ["-c", script], (line) => {
      if (line === "ready") writeFileSync(file, "");
    });
    rmSync(folder, { recursive: true });
    assert.deepEqual(out, ["ready", "done"]);
  });

  it("that is missing is an error, as nothing was run", async () => {
    await assert.rejects(lines("no-such-program", []), { code: "ENOENT" });
  });

  it("that a signal ended has failed", async () => {
    assert.equal((await lines("sh", ["-c", "kill -9 $$"])).exitCode, 1);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`is interrupted exactly once for one ${signal}, and may end in its own time`, async () => {
      const { exitCode, out } = await lines(node, ["-e", counter(1)], (line) => {
        if (line === "ready") process.emit(signal);
      });
      assert.deepEqual(out, ["ready", "interrupt 1", "total 1"]);
      assert.equal(exitCode, 7);
    });
  }

  it("is interrupted again by a second interrupt", async () => {
    const { out } = await lines(node, ["-e", counter(2)], (line) => {
      if (line === "ready" || line === "interrupt 1") process.emit("SIGINT");
    });
    assert.deepEqual(out, ["ready", "interrupt 1", "interrupt 2", "total 2"]);
  });

  it("is out of the terminal's process group, whose interrupt would reach it twice", async () => {
    const { out } = await lines("sh", ["-c", "echo $$; ps -o pgid= -p $$"]);
    assert.equal(out[1]?.trim(), out[0]);
  });

  it("leaves no listener behind, however it ends", async () => {
    const before = listeners();
    await lines("sh", ["-c", "exit 1"]);
    await lines("no-such-program", []).catch(() => undefined);
    assert.equal(listeners(), before);
  });
});
