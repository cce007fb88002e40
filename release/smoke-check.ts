import { setTimeout as pause } from "node:timers/promises";
import type { SmokeCheck } from "../environments/release-settings";
import { openRequest, type Route } from "./route";

/** What came of one check. */
export interface CheckResult {
  /** Such as `GET /healthz`. */
  readonly check: string;
  readonly ok: boolean;
  /** From the first attempt to the answer that counted. */
  readonly milliseconds: number;
  readonly attempts: number;
  /** What was expected, and what came. */
  readonly problem?: string;
}

interface Answer {
  /** `undefined` when nothing answered. */
  readonly status?: number;
  readonly text: string;
  /** Why nothing answered, or where a redirect leads. */
  readonly note?: string;
}

/** A route that has just been set up, or a pod that leaves: neither says anything of the application. */
const PASSING = [502, 503, 504];
const REQUEST_MILLISECONDS = 15_000;
const BODY_BYTES = 1_000_000;

/** Asks once, and again until the deadline only where no application has answered. */
export async function runCheck(route: Route, check: SmokeCheck, deadline: number): Promise<CheckResult> {
  const began = performance.now();
  for (let attempts = 1; ; attempts++) {
    const left = deadline - performance.now();
    const answer = await ask(route, check.path, Math.max(1000, Math.min(REQUEST_MILLISECONDS, left)));
    const problem = problemOf(check, answer);
    const wait = Math.min(250 * 2 ** (attempts - 1), 2000);
    if (problem === undefined || !isPassing(answer) || performance.now() + wait > deadline) {
      return {
        check: `GET ${check.path}`,
        ok: problem === undefined,
        milliseconds: Math.round(performance.now() - began),
        attempts,
        ...(problem === undefined ? {} : { problem }),
      };
    }
    await pause(wait);
  }
}

const isPassing = ({ status }: Answer) => status === undefined || PASSING.includes(status);

function problemOf({ status, contains }: SmokeCheck, answer: Answer): string | undefined {
  if (answer.status === undefined) return `expected ${status}, nothing answered: ${answer.note}`;
  if (answer.status !== status) {
    return `expected ${status}, came ${answer.status}${answer.note ? ` ${answer.note}` : ""}`;
  }
  if (contains === undefined || answer.text.includes(contains)) return undefined;
  return `${status} came, without the expected text ${JSON.stringify(contains)}`;
}

function ask(route: Route, path: string, milliseconds: number): Promise<Answer> {
  return new Promise((resolve) => {
    const request = openRequest(route, {
      method: "GET",
      path,
      headers: { "user-agent": "stagewright-smoke" },
    });
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${Math.round(milliseconds / 1000)} s`));
    }, milliseconds);
    const settle = (answer: Answer) => {
      clearTimeout(timer);
      request.destroy();
      resolve(answer);
    };
    const broken = (error: NodeJS.ErrnoException) =>
      settle({ text: "", note: error.message || String(error.code) });
    request.on("error", broken).on("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      let text = "";
      const done = () => settle({ status, text, ...leadsTo(route, headers.location) });
      response.setEncoding("utf8").on("error", broken).on("end", done);
      response.on("data", (part: string) => {
        text += part;
        if (text.length > BODY_BYTES) done();
      });
    });
    request.end();
  });
}

/** Where a redirect leads, without its query, which may hold a secret. */
function leadsTo({ url }: Route, location: string | undefined): { note?: string } {
  if (location === undefined || !URL.canParse(location, url)) return {};
  const target = new URL(location, url);
  return { note: `to ${target.host === new URL(url).host ? "" : target.origin}${target.pathname}` };
}
