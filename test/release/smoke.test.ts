import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { checkAddress, type Route } from "../../release/route";
import { smoke, type SmokeRequest } from "../../release/smoke";
import { masker } from "../../release/smoke-command";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const welcome: Handler = (_request, response) => void response.end("Welcome to the blog");

const answer =
  (status: number, text = "", headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    void response.writeHead(status, headers).end(text);

describe("a smoke test", () => {
  let server: Server;
  let address = "";
  let folder = "";
  let asked: string[] = [];
  let told: string[] = [];
  let handler = welcome;

  before(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.headers.host}${request.url}`);
      handler(request, response);
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => void server.close());
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "smoke-")));
    [asked, told] = [[], []];
    handler = welcome;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const ask = (more: Partial<SmokeRequest> = {}) => askAt({ url: "https://blog.example.com", address }, more);
  const askAt = (route: Route, more: Partial<SmokeRequest> = {}) =>
    smoke({
      ...route,
      checks: [{ path: "/", status: 200 }],
      directory: folder,
      progress: { step: (text) => void told.push(text), warn: () => undefined },
      timeoutSeconds: 60,
      ...more,
    });
  const script = (text: string) => writeFileSync(join(folder, "smoke.mjs"), text);

  it("asks for the route's host at the address, and says how long each check took", async () => {
    const result = await ask({
      checks: [
        { path: "/healthz", status: 200 },
        { path: "/", status: 200, contains: "Welcome" },
      ],
    });
    assert.equal(result.ok, true);
    assert.deepEqual(result.failures, []);
    assert.deepEqual(asked, ["GET blog.example.com/healthz", "GET blog.example.com/"]);
    assert.deepEqual(
      result.checks.map(({ check, ok, attempts }) => [check, ok, attempts]),
      [
        ["GET /healthz", true, 1],
        ["GET /", true, 1],
      ],
    );
    assert.ok(result.checks.every(({ milliseconds }) => milliseconds >= 0 && milliseconds < 60_000));
  });

  it("without an address connects to the route itself", async () => {
    const result = await askAt({ url: address });
    assert.equal(result.ok, true);
    assert.deepEqual(asked, [`GET ${new URL(address).host}/`]);
  });

  const wrong: [string, Handler, SmokeRequest["checks"][number], string][] = [
    ["another status", answer(404), { path: "/", status: 200 }, "GET /: expected 200, came 404"],
    [
      "a redirect, which is not followed, and whose query is not shown",
      answer(302, "", { location: "https://login.example.com/in?token=s3cr3t" }),
      { path: "/", status: 200 },
      "GET /: expected 200, came 302 to https://login.example.com/in",
    ],
    [
      "a redirect on its own host",
      answer(301, "", { location: "/home" }),
      { path: "/", status: 200 },
      "GET /: expected 200, came 301 to /home",
    ],
    [
      "a text that is not there, without showing what is",
      answer(200, "s3cr3t"),
      { path: "/", status: 200, contains: "Welcome" },
      'GET /: 200 came, without the expected text "Welcome"',
    ],
    ["an error of the application", answer(500), { path: "/", status: 200 }, "GET /: expected 200, came 500"],
  ];
  for (const [name, handle, check, failure] of wrong) {
    it(`fails at once by ${name}`, async () => {
      handler = handle;
      const result = await ask({ checks: [check] });
      assert.equal(result.ok, false);
      assert.deepEqual(result.failures, [failure]);
      assert.equal(asked.length, 1);
    });
  }

  it("goes on with the other checks when one fails, and lists exactly those that failed", async () => {
    handler = ({ url }, response) => void response.writeHead(url === "/readyz" ? 500 : 200).end();
    const checks = ["/healthz", "/readyz", "/"].map((path) => ({ path, status: 200 }));
    const result = await ask({ checks, command: "touch ran" });
    assert.deepEqual(result.failures, ["GET /readyz: expected 200, came 500"]);
    assert.equal(asked.length, 3);
    assert.equal(result.shipped, undefined);
  });

  it("asks again while the route leads nowhere yet: 502, 503, 504", async () => {
    const answers = [502, 503, 504, 200];
    handler = (_request, response) => void response.writeHead(answers.shift() ?? 200).end();
    const result = await ask();
    assert.equal(result.ok, true);
    assert.equal(result.checks[0]?.attempts, 4);
  });

  it("does not ask again when a 503 is what it expects", async () => {
    handler = answer(503);
    const result = await ask({ checks: [{ path: "/", status: 503 }] });
    assert.equal(result.ok, true);
    assert.equal(asked.length, 1);
  });

  it("asks again while nothing answers, until its time is over", async () => {
    let refused = 0;
    handler = (request) => {
      refused++;
      request.socket.destroy();
    };
    // A busy machine might take all the time there is for the first answer, were it the machine's own.
    const clock = mock.method(performance, "now", () => refused * 25_000);
    const result = await ask().finally(() => clock.mock.restore());
    assert.equal(refused, 3);
    assert.match(result.failures.join(), /^GET \/: expected 200, nothing answered: /);
  });

  it("gives up on an answer that never comes", async () => {
    handler = () => undefined;
    const result = await ask({ timeoutSeconds: 0.2 });
    assert.deepEqual(result.failures, ["GET /: expected 200, nothing answered: no answer within 1 s"]);
  });

  describe("with tests that the application ships", () => {
    const command = `${process.execPath} smoke.mjs`;

    it("runs them in their folder, where SMOKE_URL leads to the route's host", async () => {
      script(`
        const url = process.env.SMOKE_URL;
        const answer = await fetch(url + "/posts?x=1", { method: "POST", body: "hello", redirect: "manual" });
        console.log(process.cwd(), /^http:\\/\\/127\\.0\\.0\\.1:\\d+$/.test(url), answer.headers.get("location"));
        console.log(await answer.text());
      `);
      handler = (request, response) => {
        let body = "";
        request.on("data", (part) => (body += String(part)));
        request.on("end", () => {
          const headers = { location: "https://blog.example.com/posts/1?a=b" };
          response.writeHead(request.method === "POST" ? 302 : 200, headers).end(`got ${body}`);
        });
      };
      const result = await ask({ command });
      assert.deepEqual(result.failures, []);
      assert.deepEqual(result.shipped?.output, [`${folder} true /posts/1?a=b`, "got hello"]);
      assert.equal(asked.at(-1), "POST blog.example.com/posts?x=1");
      assert.ok(told.includes("  got hello"));
    });

    it("gives them the route itself where names lead there", async () => {
      const result = await askAt({ url: address }, { command: "echo $SMOKE_URL" });
      assert.deepEqual(result.shipped?.output, [address]);
    });

    it("fails with their exit code, and keeps their last lines, cut short", async () => {
      script(`
        for (let i = 0; i < 500; i++) console.log("line " + i + " " + "x".repeat(1000));
        process.exitCode = 7;
      `);
      const { ok, failures, shipped } = await ask({ command });
      assert.equal(ok, false);
      assert.deepEqual(failures, [`${command}: exited with 7`]);
      assert.equal(shipped?.output.length, 40);
      assert.ok(shipped?.output.every((line) => line.length <= 400));
      assert.match(shipped?.output.at(-1) ?? "", /^line 499 /);
      assert.ok(told.length < 250);
    });

    it("shows no secret, and keeps the engine's own from them", async () => {
      process.env["AUTHOR_PASSWORD"] = "open-sesame";
      process.env["PULUMI_CONFIG_PASSPHRASE"] = "of-the-stack";
      try {
        const printing = 'echo "it is $AUTHOR_PASSWORD [$PULUMI_CONFIG_PASSPHRASE]"';
        const result = await ask({ command: printing });
        assert.deepEqual(result.shipped?.output, ["it is [secret] []"]);
        assert.ok(!JSON.stringify([result, told]).includes("open-sesame"));
      } finally {
        delete process.env["AUTHOR_PASSWORD"];
        delete process.env["PULUMI_CONFIG_PASSPHRASE"];
      }
    });

    it("hides what a file holds that a variable names", () => {
      writeFileSync(join(folder, "password"), "open-sesame\n");
      const mask = masker({
        AUTHOR_PASSWORD_FILE: join(folder, "password"),
        API_TOKEN: "abc",
        HOME: "/root",
      });
      assert.equal(mask("/root open-sesame abc"), "/root [secret] abc");
    });

    it("ends them when their time is over, with all that they started", async () => {
      const result = await ask({ checks: [], command: "sleep 30 & sleep 30; true", timeoutSeconds: 0.5 });
      assert.deepEqual(result.failures, ["sleep 30 & sleep 30; true: not done within 0.5 s"]);
    });

    it("passes an interrupt on, once, to all of them, and then says how they ended", async () => {
      script(`
        let count = 0;
        process.on("SIGINT", () => { count++; setTimeout(() => { console.log("interrupted", count); process.exit(9); }, 200); });
        setInterval(() => {}, 1000);
        console.log("ready");
      `);
      const running = ask({ command: `${command}; exit $?`, timeoutSeconds: 30 });
      while (!told.includes("  ready")) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      process.emit("SIGINT");
      const { shipped, ok } = await running;
      assert.equal(ok, false);
      assert.deepEqual(shipped?.output, ["ready", "interrupted 1"]);
    });
  });

  describe("takes as the route's address", () => {
    for (const good of ["http://127.0.0.1:8000", "https://[::1]:8443", "http://10.0.0.1"]) {
      it(good, () => assert.equal(checkAddress(good), good));
    }
    it("none where none is said", () => assert.equal(checkAddress(""), undefined));
    for (const bad of ["127.0.0.1:8000", "ftp://x", "http://x/path", "http://x?a", "nonsense"]) {
      it(`not ${bad}`, () => assert.throws(() => checkAddress(bad), { kind: "usage" }));
    }
  });
});
