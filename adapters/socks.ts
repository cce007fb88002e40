import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A SOCKS proxy on loopback. */
export interface SocksProxy {
  /** Such as `socks5://127.0.0.1:41234`. */
  readonly address: string;
  close(): void;
}

const VERSION = 5;
const NO_LOGIN = 0;
const CONNECT = 1;
const ADDRESS_KINDS = { ipv4: 1, name: 3, ipv6: 4 } as const;
const ANSWERS = { done: 0, refused: 2, unreachable: 4, notSupported: 7 } as const;

/**
 * Starts a SOCKS 5 proxy (RFC 1928, without a login) for programs that are to connect to a name as if they could: `lead`
 * connects, gives `undefined` for what is none of its business, and throws where it should but cannot.
 */
export async function startSocksProxy(
  lead: (host: string, port: number) => Promise<Socket | undefined>,
): Promise<SocksProxy> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client.on("close", () => open.delete(client)));
    void serve(client, lead).catch(() => client.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `socks5://127.0.0.1:${port}`,
    close: () => {
      server.close();
      for (const client of open) client.destroy();
    },
  };
}

type Lead = Parameters<typeof startSocksProxy>[0];

async function serve(client: Socket, lead: Lead): Promise<void> {
  // What it still does to the connection is all there is to do about it.
  client.on("error", () => undefined);
  const input = new Input(client);
  const [version, methods = 0] = await input.take(2);
  await input.take(methods);
  if (version !== VERSION) return void client.destroy();
  client.write(Buffer.from([VERSION, NO_LOGIN]));
  const [, command, , kind] = await input.take(4);
  const [length = 0] =
    kind === ADDRESS_KINDS.name ? await input.take(1) : [kind === ADDRESS_KINDS.ipv6 ? 16 : 4];
  const host = (await input.take(length)).toString();
  const port = (await input.take(2)).readUInt16BE();
  if (command !== CONNECT) return answer(client, ANSWERS.notSupported);
  // Whoever has an address needs no one to find it.
  if (kind !== ADDRESS_KINDS.name) return answer(client, ANSWERS.refused);
  const target = await lead(host, port).catch(() => "unreachable" as const);
  if (target === undefined || target === "unreachable") return answer(client, ANSWERS[target ?? "refused"]);
  // Whoever has gone meanwhile does not go once more.
  if (client.destroyed) return void target.destroy();
  client.write(reply(ANSWERS.done));
  input.giveBack();
  join(client, target);
}

function join(client: Socket, target: Socket): void {
  target.on("error", () => undefined).on("close", () => client.destroy());
  client.on("close", () => target.destroy());
  client.pipe(target).pipe(client);
}

function answer(client: Socket, code: number): void {
  client.end(reply(code));
}

/** Nobody asks from which address it is connected. */
function reply(code: number): Buffer {
  return Buffer.from([VERSION, code, 0, ADDRESS_KINDS.ipv4, 0, 0, 0, 0, 0, 0]);
}

/** Reads exact lengths of what a socket brings, and gives back what is left. */
class Input {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  async take(length: number): Promise<Buffer> {
    while (this.#bytes.length < length) {
      const more = this.#socket.read() as Buffer | null;
      if (more !== null) this.#bytes = Buffer.concat([this.#bytes, more]);
      else if (this.#socket.readableEnded || this.#socket.destroyed) throw new Error("the client went away");
      else await Promise.race([once(this.#socket, "readable"), once(this.#socket, "close")]);
    }
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  giveBack(): void {
    if (this.#bytes.length > 0) this.#socket.unshift(this.#bytes);
  }
}
