/** Access to the notes of one merge request. */
export interface MergeRequest {
  /** The API's address, such as `https://gitlab.example.com/api/v4`. */
  readonly api: string;
  readonly project: string;
  readonly number: string;
  /** Goes into a header only. */
  readonly token: string;
}

/** A failure that GitLab, or the way to it, is the reason of. */
export class GitLabError extends Error {
  /** HTTP's status; 0 when there was no answer. */
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Note {
  readonly id: number;
  readonly body: string;
  readonly system: boolean;
}

const ATTEMPTS = 4;
const LONGEST_WAIT = 30_000;
const MOST_PAGES = 100;
const PATIENCE = 30_000;

/** Waits; tests give one that does not. */
export type Sleep = (milliseconds: number) => Promise<void>;
const sleep: Sleep = (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds));

/**
 * Makes sure that exactly one note of the merge request begins with `marker`: changes it where there is one, writes it
 * where there is none.
 */
export async function upsertNote(
  mergeRequest: MergeRequest,
  marker: string,
  text: string,
  wait: Sleep = sleep,
): Promise<"written" | "changed" | "unchanged"> {
  const body = `${marker}\n${text}`;
  const own = await findNote(mergeRequest, marker, wait);
  if (own?.body === body) return "unchanged";
  if (own) await request(mergeRequest, "PUT", `/${own.id}`, { body }, wait);
  else await request(mergeRequest, "POST", "", { body }, wait);
  return own ? "changed" : "written";
}

async function findNote(mergeRequest: MergeRequest, marker: string, wait: Sleep): Promise<Note | undefined> {
  let page = "1";
  for (let read = 0; page !== "" && read < MOST_PAGES; read++) {
    const query = `?per_page=100&sort=asc&order_by=created_at&page=${page}`;
    const response = await request(mergeRequest, "GET", query, undefined, wait);
    const notes = (await response.json()) as Note[];
    const own = notes.find(({ body, system }) => !system && body.startsWith(marker));
    if (own) return own;
    page = response.headers.get("x-next-page") ?? "";
  }
  return undefined;
}

/** Asks until there is an answer worth keeping: an overload and a server's own failure pass. */
async function request(
  { api, project, number, token }: MergeRequest,
  method: string,
  rest: string,
  content: object | undefined,
  wait: Sleep,
): Promise<Response> {
  const url = `${api}/projects/${encodeURIComponent(project)}/merge_requests/${encodeURIComponent(number)}/notes${rest}`;
  const init: RequestInit = {
    method,
    headers: { "PRIVATE-TOKEN": token, "Content-Type": "application/json" },
    ...(content ? { body: JSON.stringify(content) } : {}),
  };
  for (let attempt = 1; ; attempt++) {
    const response = await send(url, init);
    if (!(response instanceof Response)) {
      // A note that was perhaps written is not written again.
      if (attempt >= ATTEMPTS || method === "POST")
        throw new GitLabError(0, `no answer from ${new URL(url).origin}: ${response}`);
      await wait(pauseOf(attempt));
    } else if (response.ok) return response;
    else if (attempt >= ATTEMPTS || !passes(response.status, method)) throw await refusal(response);
    else await wait(pauseOf(attempt, response.headers.get("retry-after")));
  }
}

async function send(url: string, init: RequestInit): Promise<Response | string> {
  try {
    // A redirect would take the token to wherever it points.
    return await fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** After 502 and 504 nobody knows whether a POST was carried out; 429 and 503 were not. */
function passes(status: number, method: string): boolean {
  return status === 429 || status === 503 || (status >= 500 && method !== "POST");
}

function pauseOf(attempt: number, retryAfter: string | null = null): number {
  const asked = Number(retryAfter ?? Number.NaN) * 1000;
  return Math.min(Number.isFinite(asked) && asked >= 0 ? asked : 1000 * 2 ** (attempt - 1), LONGEST_WAIT);
}

async function refusal(response: Response): Promise<GitLabError> {
  const text = (await response.text()).slice(0, 300);
  return new GitLabError(response.status, `GitLab answered ${response.status}: ${text}`);
}
