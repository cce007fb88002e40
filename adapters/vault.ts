import { readFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as tlsRequest, type RequestOptions } from "node:https";

/** What Vault answered. */
export interface VaultAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A Vault, and who asks it. */
export interface VaultClient {
  readonly address: string;
  readonly token?: string;
}

/**
 * Asks Vault, for ten seconds at most. Its certificate is verified against the file in `VAULT_CACERT`, where one is named,
 * as Vault's own client does it; `VAULT_NAMESPACE` counts as well.
 *
 * @throws Error that says why nobody answered; it never holds the token.
 */
export function askVault(
  { address, token }: VaultClient,
  method: string,
  path: string,
  body?: object,
): Promise<VaultAnswer> {
  const { VAULT_CACERT: file, VAULT_NAMESPACE: namespace } = process.env;
  const url = new URL(`/v1/${path}`, address);
  const options: RequestOptions = {
    method,
    headers: {
      ...(token ? { "X-Vault-Token": token } : {}),
      ...(namespace ? { "X-Vault-Namespace": namespace } : {}),
    },
    timeout: 10_000,
    ...(file ? { ca: readFileSync(file) } : {}),
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? tlsRequest : plainRequest;
    const sent = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }),
      );
      response.on("error", reject);
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer within 10 seconds")));
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Reads from the Vault of the environment; nothing where none is named, or it does not answer. */
export async function readFromVault(path: string): Promise<VaultAnswer | undefined> {
  const { VAULT_ADDR: address, VAULT_TOKEN: token } = process.env;
  if (!address || !token) return undefined;
  return askVault({ address, token }, "GET", path).catch(() => undefined);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
