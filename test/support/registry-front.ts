import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "./registries";

/** A registry that counts what is sent to it, and can offer the referrers API that the one behind it lacks. */
export interface RegistryFront extends Registry {
  /** Blobs and manifests that were sent since the last reset. */
  readonly sent: { blobs: number; manifests: number };
  reset(): void;
}

interface Subject {
  readonly artifactType?: string;
  readonly mediaType?: string;
  readonly config?: { readonly mediaType: string };
  readonly subject?: { readonly digest: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Stands before a registry. */
export async function startFront(behind: Registry, referrersApi = false): Promise<RegistryFront> {
  const sent = { blobs: 0, manifests: 0 };
  const referrers = new Map<string, object[]>();
  const server = createServer((asked, answer) => {
    const { method = "GET", url = "" } = asked;
    if (method === "POST" && url.includes("/blobs/uploads/")) sent.blobs += 1;
    const put = method === "PUT" && url.includes("/manifests/");
    if (put) sent.manifests += 1;
    const wanted = /^(\/v2\/.+)\/referrers\/(sha256:[0-9a-f]{64})/.exec(url);
    if (referrersApi && wanted) {
      answerReferrers(answer, referrers.get(`${wanted[1]} ${wanted[2]}`));
      return;
    }
    forward(behind.address, asked, answer, (body, headers) => {
      const subject = put && referrersApi ? remember(url, body, referrers) : undefined;
      if (subject !== undefined) headers["oci-subject"] = subject;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    sent,
    reset: () => void Object.assign(sent, { blobs: 0, manifests: 0 }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(
  address: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  onAnswer: (body: Buffer, headers: Record<string, string | string[] | undefined>) => void,
): void {
  const [host, port] = address.split(":");
  const onward = request({ host, port, method: asked.method, path: asked.url, headers: asked.headers });
  const body: Buffer[] = [];
  asked.on("data", (chunk: Buffer) => body.push(chunk)).pipe(onward);
  onward.on("response", (response) => {
    const headers = { ...response.headers };
    onAnswer(Buffer.concat(body), headers);
    answer.writeHead(response.statusCode ?? 502, headers);
    response.pipe(answer);
  });
  onward.on("error", () => answer.writeHead(502).end());
}

/** Keeps a manifest that refers to another one, and gives the other one's digest. */
function remember(url: string, body: Buffer, referrers: Map<string, object[]>): string | undefined {
  const manifest = JSON.parse(body.toString()) as Subject;
  const subject = manifest.subject?.digest;
  if (subject === undefined) return undefined;
  const key = `${url.slice(0, url.indexOf("/manifests/"))} ${subject}`;
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  const entry = {
    mediaType: manifest.mediaType,
    digest,
    size: body.length,
    artifactType: manifest.artifactType ?? manifest.config?.mediaType,
    annotations: manifest.annotations,
  };
  const others = (referrers.get(key) ?? []).filter(
    (other) => (other as { digest: string }).digest !== digest,
  );
  referrers.set(key, [...others, entry]);
  return subject;
}

function answerReferrers(answer: ServerResponse, manifests: readonly object[] = []): void {
  const mediaType = "application/vnd.oci.image.index.v1+json";
  answer.writeHead(200, { "content-type": mediaType });
  answer.end(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
}
