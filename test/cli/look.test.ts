import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { appendRecord } from "../../release/ledger";
import { call } from "../support/call";
import { type Checkouts, makeCheckouts } from "../support/checkouts";
import { fakePrograms, type Programs } from "../support/programs";
import { digestOf, makeRecord } from "../support/records";

const root = join(__dirname, "..", "..");

const resultOf = (out: string) =>
  JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;

const answer = (words: string, object: object) =>
  `*"${words}"*) echo '${JSON.stringify({ items: [object] })}';;`;

describe("the commands that look", () => {
  const outside = process.cwd();
  let checkouts: Checkouts;
  let programs: Programs;
  let folder = "";

  beforeEach(() => {
    checkouts = makeCheckouts();
    folder = checkouts.alone("project");
    for (const file of ["Pulumi.yaml", "package.json"]) copyFileSync(join(root, file), join(folder, file));
    for (const stack of ["test", "int", "prod"]) {
      const content = readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8");
      writeFileSync(join(folder, `Pulumi.${stack}.yaml`), content);
    }
    programs = fakePrograms("git");
    programs.write("pulumi", "exit 1");
    runs("a");
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(outside);
    programs.remove();
    checkouts.remove();
  });

  /** A cluster whose one pod runs the image of this letter. */
  function runs(letter: string): void {
    const pod = {
      metadata: { name: "blog-1" },
      status: { containerStatuses: [{ name: "web", imageID: `x@${digestOf(letter)}` }] },
    };
    const deployment = { metadata: { name: "blog" }, spec: { replicas: 1 }, status: { readyReplicas: 1 } };
    const cases = [
      answer("get pods", pod),
      answer("get deployments.apps", deployment),
      `*) echo '{"items":[]}';;`,
    ];
    programs.write("kubectl", ['case "$*" in', ...cases, "esac"].join("\n"));
  }
  /** Gives a stack's file the secrets that it lacks. */
  function complete(...stacks: string[]): void {
    for (const stack of stacks) {
      const file = join(folder, `Pulumi.${stack}.yaml`);
      writeFileSync(file, readFileSync(file, "utf8").replaceAll('""', "{ secure: v1:x }"));
    }
  }

  const engine = (...events: object[]) => {
    const lines = events.map((event) => `echo '${JSON.stringify(event)}'`);
    programs.write(
      "pulumi",
      `case "$*" in refresh*) ${["true", ...lines].join("; ")};; *) echo '{"deployment":{}}';; esac`,
    );
    programs.write("kubectl", "exit 0");
  };

  describe("status", () => {
    it("is a table for people: what is recorded, and whether it runs", async () => {
      await appendRecord(folder, makeRecord());
      const { code, out, err } = await call("status", "--stacks", "test");
      assert.equal(code, 0);
      assert.equal(err, "");
      const [headings = "", row = ""] = out.split("\n").filter((line) => !line.startsWith("["));
      assert.match(headings, /^STACK +VERSION +COMMIT +DIGEST +SINCE +BY +RUNS +TESTED$/);
      assert.match(
        row,
        /^test +20170717\.111749-master-1\.2\.3 +c{10} +a{12} +\d+ d ago +ann +verified +built here$/,
      );
    });

    it("is one JSON object for programs", async () => {
      await appendRecord(folder, makeRecord());
      const { out } = await call("status", "--stacks", "test", "--json");
      const { event, verified, stacks } = resultOf(out);
      assert.deepEqual([event, verified], ["result", true]);
      const [{ stack, deployed }] = stacks as [{ stack: string; deployed: { digest: string } }];
      assert.deepEqual([stack, deployed.digest], ["test", digestOf("a")]);
    });

    it("fails by --verify alone when something else runs than is recorded, and says what", async () => {
      await appendRecord(folder, makeRecord());
      assert.equal((await call("status", "--stacks", "test", "--verify")).code, 0);
      runs("b");
      assert.equal((await call("status", "--stacks", "test")).code, 0);
      const { code, out } = await call("status", "--stacks", "test", "--verify");
      assert.equal(code, 1);
      assert.match(out, /^ {2}test: b{12} runs and was deployed outside of the ledger; /m);
    });

    it("leaves out a stack that cannot be deployed yet, and warns of it", async () => {
      const { code, out, err } = await call("status");
      assert.equal(code, 0);
      assert.match(out, /^test +-/m);
      assert.match(err, /^warning: stack int is left out, .*: stagewright doctor --stack int$/m);
      assert.match(err, /^warning: stack prod is left out/m);
      assert.equal((await call("status", "--stacks", "int")).code, 2);
      assert.equal((await call("status", "--stacks", "test,")).code, 2);
    });

    it("has stacks in the order in which an image passes them, without a digest in any file", async () => {
      complete("int", "prod");
      const { out } = await call("status", "--json");
      const { stacks } = resultOf(out);
      assert.deepEqual(
        (stacks as { stack: string }[]).map(({ stack }) => stack),
        ["test", "int", "prod"],
      );
    });
  });

  describe("board", () => {
    it("is one file, where it is wanted", async () => {
      await appendRecord(folder, makeRecord());
      const { code, out } = await call("board", "--stacks", "test", "--out", "page.html");
      assert.equal(code, 0);
      assert.match(out, /page\.html: 1 of 1 stacks are as recorded\n$/);
      assert.ok(readFileSync(join(folder, "page.html"), "utf8").includes("20170717.111749"));
      await call("board", "--stacks", "test");
      assert.ok(existsSync(join(folder, "release-board.html")));
    });

    it("tells of the rest where drift cannot be found out", async () => {
      const { code, err } = await call("board", "--stacks", "test", "--drift");
      assert.equal(code, 0);
      assert.match(err, /^warning: the engine cannot compare stack test/m);
      assert.ok(readFileSync(join(folder, "release-board.html"), "utf8").includes("could not be found out"));
    });
  });

  describe("drift", () => {
    it("ends with 0 where there is none, and with 1 where there is, with each in words", async () => {
      engine();
      const none = await call("drift");
      assert.deepEqual([none.code, none.err], [0, ""]);
      assert.match(none.out, /stack test is as it was deployed\n$/);
      const metadata = { op: "delete", type: "kubernetes:core/v1:Service", urn: "urn:pulumi:t::p::x::blog" };
      engine({ resOutputsEvent: { metadata } });
      const some = await call("drift");
      assert.equal(some.code, 1);
      assert.match(some.out, /stack test is not as it was deployed\n {2}Service blog is missing\n$/);
      const { drifts } = resultOf((await call("drift", "--json")).out);
      assert.deepEqual(drifts, [{ resource: "Service blog", kind: "missing", fields: [] }]);
    });
  });

  describe("smoke", () => {
    let server: Server;
    let status = 200;
    const hosts: (string | undefined)[] = [];
    beforeEach(async () => {
      hosts.length = 0;
      server = createServer(({ headers }, response) => {
        hosts.push(headers.host);
        response.writeHead(status).end();
      });
      await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    });
    afterEach(() => void server.close());
    const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    it("asks both probes' paths and / of the stack's host, and ends with 0", async () => {
      status = 200;
      const { code, out } = await call("smoke", "--address", address());
      assert.equal(code, 0);
      assert.match(out, /stack test serves as it should: 3 of 3\n$/);
      assert.deepEqual(hosts, Array(3).fill("blog.test.example.com"));
    });

    it("ends with 1 when one is not as it should be, and lists exactly those", async () => {
      status = 500;
      process.env["STAGEWRIGHT_ROUTE_ADDRESS"] = address();
      const { code, out } = await call("smoke", "--json").finally(
        () => delete process.env["STAGEWRIGHT_ROUTE_ADDRESS"],
      );
      assert.equal(code, 1);
      assert.deepEqual(
        resultOf(out)["failures"],
        ["/healthz", "/readyz", "/"].map((path) => `GET ${path}: expected 200, came 500`),
      );
    });

    it("ends with 2 for an address that is none, or a stack without a route", async () => {
      assert.equal((await call("smoke", "--address", "nowhere")).code, 2);
      const file = join(folder, "Pulumi.test.yaml");
      writeFileSync(file, readFileSync(file, "utf8").replace(/ {2}stagewright:gateway:\n.*\n.*\n/, ""));
      const { code, err } = await call("smoke", "--address", address());
      assert.equal(code, 2);
      assert.match(err, /^stack test has no route, /);
    });
  });
});
