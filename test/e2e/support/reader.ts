import { request } from "node:http";
import { target } from "./target";

/** An answer over the route. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

/** A person with a browser: follows the route by host name and keeps cookies. */
export class Reader {
  readonly #host: string;
  readonly #cookies = new Map<string, string>();

  constructor(host: string) {
    this.#host = host;
  }

  get(path: string): Promise<Answer> {
    return this.#send("GET", path);
  }

  post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#send("POST", path, new URLSearchParams(fields).toString());
  }

  /** Opens a form, fills in its CSRF token and sends it. */
  async submit(form: string, action: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const { body } = await this.get(form);
    const token = /name="csrf_token"[^>]*value="([^"]+)"/.exec(body)?.[1];
    if (token === undefined) throw new Error(`no CSRF token in ${form}: ${body.slice(0, 300)}`);
    return this.post(action, { ...fields, csrf_token: token });
  }

  #send(method: string, path: string, content?: string): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, target.address),
        {
          method,
          timeout: 15_000,
          headers: {
            host: this.#host,
            ...(cookie ? { cookie } : {}),
            ...(content ? { "content-type": "application/x-www-form-urlencoded" } : {}),
          },
        },
        (response) => {
          for (const line of response.headers["set-cookie"] ?? []) {
            const [pair = ""] = line.split(";");
            this.#cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
          }
          let body = "";
          response.on("data", (chunk: Buffer) => (body += chunk.toString()));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, body, location: response.headers.location }),
          );
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer to ${method} ${path} within 15 s`)));
      sent.on("error", reject);
      sent.end(content);
    });
  }
}
