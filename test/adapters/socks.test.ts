import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Server, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type SocksProxy, startSocksProxy } from "../../adapters/socks";

const HOST = "blog-db-rw.blog.svc";
const NAMED = 3;
const GREETING = [5, 1, 0];
const request = (host: string, port: number, command = 1) =>
  Buffer.from([5, command, 0, NAMED, host.length, ...Buffer.from(host), port >> 8, port & 255]);

/** That many bytes, or fewer where the other side hangs up. */
async function read(socket: Socket, length: number): Promise<number[]> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < length && !socket.readableEnded) {
    const more = socket.read() as Buffer | null;
    if (more) bytes = Buffer.concat([bytes, more]);
    else await Promise.race([once(socket, "readable"), once(socket, "close")]);
    if (socket.destroyed) break;
  }
  if (bytes.length > length) socket.unshift(bytes.subarray(length));
  return [...bytes.subarray(0, length)];
}

describe("a SOCKS proxy", () => {
  const asked: string[] = [];
  let echo: Server;
  let proxy: SocksProxy;
  let lead: (target: Socket) => void;
  let sockets: Socket[];
  beforeEach(async () => {
    asked.length = 0;
    sockets = [];
    echo = createServer((socket) => void socket.on("error", () => undefined).pipe(socket));
    await once(echo.listen(0, "127.0.0.1"), "listening");
    proxy = await startSocksProxy(async (host, port) => {
      asked.push(`${host}:${port}`);
      if (host.startsWith("broken")) throw new Error("no way");
      if (host.startsWith("late")) return new Promise((resolve) => (lead = resolve));
      if (host !== HOST) return undefined;
      const socket = createConnection((echo.address() as AddressInfo).port, "127.0.0.1");
      await once(socket, "connect");
      return socket;
    });
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    echo.close();
  });

  async function connect(): Promise<Socket> {
    const { hostname, port } = new URL(proxy.address);
    assert.equal(hostname, "127.0.0.1");
    const socket = createConnection(Number(port), hostname).on("error", () => undefined);
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  }
  async function answer(bytes: Buffer): Promise<number | undefined> {
    const socket = await connect();
    socket.write(Buffer.from(GREETING));
    assert.deepEqual(await read(socket, 2), [5, 0]);
    socket.write(bytes);
    return (await read(socket, 10))[1];
  }

  it("leads to the port that is told for a name, byte for byte", async () => {
    const socket = await connect();
    // However the bytes come.
    for (const byte of [...GREETING, ...request(HOST, 5432)]) socket.write(Buffer.from([byte]));
    assert.deepEqual(await read(socket, 2), [5, 0]);
    assert.deepEqual(await read(socket, 10), [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(asked, [`${HOST}:5432`]);
    const content = Buffer.alloc(300_000, "words");
    socket.write(content);
    assert.ok(Buffer.from(await read(socket, content.length)).equals(content));
  });

  it("passes on what is sent together with the request", async () => {
    const socket = await connect();
    socket.write(Buffer.concat([Buffer.from(GREETING), request(HOST, 5432), Buffer.from("early")]));
    await read(socket, 12);
    assert.equal(Buffer.from(await read(socket, 5)).toString(), "early");
  });

  const refused: readonly (readonly [what: string, bytes: Buffer, code: number])[] = [
    ["a name that is none of its business", request("example.com", 443), 2],
    ["a name that it cannot lead to", request("broken.svc", 5432), 4],
    ["an address", Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, 0, 80]), 2],
    ["an address of IPv6", Buffer.from([5, 1, 0, 4, ...Buffer.alloc(16), 0, 80]), 2],
    ["to listen", request(HOST, 5432, 2), 7],
  ];
  for (const [what, bytes, code] of refused) {
    it(`refuses ${what}`, async () => assert.equal(await answer(bytes), code));
  }

  it("hangs up on whoever speaks something else", async () => {
    const socket = await connect();
    socket.write("GET / HTTP/1.1\r\n\r\n".padEnd(200));
    assert.deepEqual(await read(socket, 1), []);
  });

  it("ends what was to lead one on who is gone when it is there", async () => {
    const target = new Socket();
    const socket = await connect();
    socket.write(Buffer.concat([Buffer.from(GREETING), request("late.svc", 5432)]));
    while (asked.length === 0) await delay(1);
    proxy.close();
    await once(socket.resume(), "close");
    // Both ends of it have heard of that only then.
    await delay(1);
    lead(target);
    await delay(1);
    assert.ok(target.destroyed);
  });

  it("ends with everything that goes through it", async () => {
    const socket = await connect();
    socket.write(Buffer.concat([Buffer.from(GREETING), request(HOST, 5432)]));
    await read(socket, 12);
    proxy.close();
    await once(socket, "close");
    await assert.rejects(connect(), /ECONNREFUSED/);
  });
});
