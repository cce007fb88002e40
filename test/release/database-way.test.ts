import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "../../adapters/engine";
import { withDatabaseWay } from "../../release/database-way";
import { declaredStack } from "../support/declared-stack";
import { fakePrograms, type Programs } from "../support/programs";

const AUTHORITY = "the certificate of the authority\n";

/** What the proxy answers to whoever asks for a host. */
async function ask(proxy: string | undefined, host: string, port = 5432): Promise<string> {
  const socket = createConnection(Number(new URL(proxy ?? "").port), "127.0.0.1");
  const name = Buffer.from(host);
  socket.write(Buffer.from([5, 1, 0, 5, 1, 0, 3, name.length, ...name, port >> 8, port & 255]));
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    if (bytes.length > 12) break;
  }
  return bytes[3] === 0 ? bytes.subarray(12).toString() : `refused: ${bytes[3]}`;
}

describe("the way to a stack's database", () => {
  const told: string[] = [];
  let programs: Programs;
  beforeEach(() => {
    programs = fakePrograms();
    told.length = 0;
  });
  afterEach(() => programs.remove());

  /** A kubectl that reads the authority, and forwards to a port. */
  function kubectl(
    port: number,
    forward = `echo 'Forwarding from 127.0.0.1:${port} -> 5432'; exec /bin/sleep 60`,
  ): void {
    programs.write(
      "kubectl",
      `case "$*" in
*"get secret"*) printf '%s' ${Buffer.from(AUTHORITY).toString("base64")};;
*) ${forward};;
esac`,
    );
  }
  const calls = () => programs.calls("kubectl");
  const engine: Engine = {
    directory: ".",
    origin: "PATH",
    command: "pulumi",
    prefix: [],
    env: { KEPT: "x" },
  };
  const run = <T>(work: (env: Readonly<Record<string, string>>) => Promise<T>): Promise<T> => {
    const stack = declaredStack(programs.folder, { context: "kind" });
    const progress = { step: () => undefined, warn: (text: string) => void told.push(text) };
    return withDatabaseWay(stack, engine, progress, ({ env }) => work(env ?? assert.fail("no variables")));
  };

  it("leads by the primary's own name, with the authority that signed its certificate", async () => {
    const server = createServer((socket) => void socket.end("postgres"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    kubectl((server.address() as AddressInfo).port);
    const authority = await run(async (env) => {
      assert.deepEqual(Object.keys(env).toSorted(), [
        "KEPT",
        "STAGEWRIGHT_DATABASE_CA",
        "STAGEWRIGHT_DATABASE_NO_PROXY",
        "STAGEWRIGHT_DATABASE_PROXY",
      ]);
      const file = env["STAGEWRIGHT_DATABASE_CA"] ?? "";
      assert.ok(!existsSync(file) && calls().length === 0, "opened before anybody asked");
      const proxy = env["STAGEWRIGHT_DATABASE_PROXY"];
      const [one, other] = await Promise.all([1, 2].map(() => ask(proxy, "blog-db-rw.blog-test.svc")));
      assert.deepEqual([one, other], ["postgres", "postgres"]);
      assert.equal(readFileSync(file, "utf8"), AUTHORITY);
      return file;
    });
    assert.ok(!existsSync(authority));
    server.close();
    const forwards = calls().filter((call) => call.includes("port-forward"));
    const forwarded =
      "--context kind port-forward service/blog-db-rw :5432 --namespace blog-test --address 127.0.0.1";
    assert.deepEqual(forwards, [forwarded, forwarded]);
  });

  it("leads nowhere else", async () => {
    kubectl(1);
    const others = [
      "blog-db-rw.other.svc",
      "blog-db-ro.blog-test.svc",
      "blog-db-rw.blog-test.svc.evil",
      "example.com",
    ];
    await run(async (env) => {
      const proxy = env["STAGEWRIGHT_DATABASE_PROXY"];
      for (const host of others) assert.equal(await ask(proxy, host), "refused: 2", host);
      assert.equal(await ask(proxy, "blog-db-rw.blog-test.svc", 8000), "refused: 2");
    });
    assert.deepEqual(calls(), []);
  });

  it("says why there is none, and tries again when it is asked again", async () => {
    kubectl(1, "echo 'error: no pod is running' >&2; exit 1");
    await run(async (env) => {
      const proxy = env["STAGEWRIGHT_DATABASE_PROXY"];
      for (const _ of [1, 2]) assert.equal(await ask(proxy, "blog-db-rw.blog-test.svc"), "refused: 4");
    });
    const warning = "no way to blog-db-rw.blog-test.svc: error: no pod is running";
    assert.deepEqual(told, [warning, warning]);
    assert.equal(calls().filter((call) => call.includes("port-forward")).length, 2);
  });

  it("leaves no port-forward that nobody can go through", async () => {
    kubectl(1, `echo "$$" > "$0.pid"; echo 'Forwarding from 127.0.0.1:1 -> 5432'; exec /bin/sleep 60`);
    await run(async (env) => {
      const proxy = env["STAGEWRIGHT_DATABASE_PROXY"];
      assert.equal(await ask(proxy, "blog-db-rw.blog-test.svc"), "refused: 4");
    });
    const forward = Number(readFileSync(join(programs.folder, "kubectl.pid"), "utf8"));
    const running = async () => {
      for (;;) {
        process.kill(forward, 0);
        await delay(10);
      }
    };
    await assert.rejects(running, { code: "ESRCH" });
  });

  it("is closed when the work fails", async () => {
    kubectl(1);
    let proxy = "";
    await assert.rejects(
      run((env) => {
        proxy = env["STAGEWRIGHT_DATABASE_PROXY"] ?? "";
        return Promise.reject(new Error("the engine failed"));
      }),
      /the engine failed/,
    );
    await assert.rejects(ask(proxy, "blog-db-rw.blog-test.svc"), /ECONNREFUSED/);
  });
});
