import assert from "node:assert/strict";
import { type MergeRequest, upsertNote } from "../../adapters/gitlab";
import { type Answer, type Asked, Loopback } from "../support/loopback";

const MARKER = "<!-- mine -->";
const note = (id: number, body: string, system = false) => ({ id, body, system });

const redirect = () => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } });
const failing = (bad: Answer) => (asked: Asked, number: number) =>
  asked.method === "POST" && number < 4 ? bad : { status: 200, body: [] };

describe("a note of a GitLab merge request", () => {
  let gitlab: Loopback;
  const waits: number[] = [];
  const wait = (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  beforeEach(() => {
    gitlab = new Loopback();
    waits.length = 0;
  });
  afterEach(() => gitlab.stop());

  async function upsert(answer: (asked: Asked, number: number) => Answer, text = "new") {
    const api = `${await gitlab.start(answer)}/api/v4`;
    const mergeRequest: MergeRequest = { api, project: "group/app", number: "7", token: "glpat-canary" };
    return upsertNote(mergeRequest, MARKER, text, wait);
  }
  const calls = () => gitlab.asked.map(({ method, path }) => `${method} ${path}`);
  const notes = "/api/v4/projects/group%2Fapp/merge_requests/7/notes";

  it("is written where there is none, behind its marker, with the token in a header alone", async () => {
    assert.equal(
      await upsert(({ method }) => ({ status: method === "GET" ? 200 : 201, body: [] })),
      "written",
    );
    assert.deepEqual(calls(), [`GET ${notes}`, `POST ${notes}`]);
    assert.deepEqual(JSON.parse(gitlab.asked[1]?.body ?? ""), { body: `${MARKER}\nnew` });
    for (const { headers, path, body, query } of gitlab.asked) {
      assert.equal(headers["private-token"], "glpat-canary");
      assert.ok(![path, body, String(query)].some((text) => text.includes("canary")));
    }
  });

  it("is changed where there is one, on whatever page", async () => {
    const pages: Record<string, object> = {
      1: { body: [note(1, "hello"), note(2, `${MARKER}\nsystem`, true)], headers: { "x-next-page": "2" } },
      2: { body: [note(3, `I quote ${MARKER}`)], headers: { "x-next-page": "3" } },
      3: { body: [note(4, `${MARKER}\nold`)], headers: { "x-next-page": "" } },
    };
    const answer = ({ method, query }: Asked): Answer =>
      method === "GET" ? { status: 200, ...pages[query.get("page") ?? ""] } : { status: 200 };
    assert.equal(await upsert(answer), "changed");
    assert.deepEqual(calls(), [`GET ${notes}`, `GET ${notes}`, `GET ${notes}`, `PUT ${notes}/4`]);
    assert.ok(gitlab.asked.slice(0, 3).every(({ query }) => query.get("per_page") === "100"));
  });

  it("stays as it is where it says the same already", async () => {
    assert.equal(await upsert(() => ({ status: 200, body: [note(1, `${MARKER}\nnew`)] })), "unchanged");
    assert.deepEqual(calls(), [`GET ${notes}`]);
  });

  const PASSING: readonly (readonly [answer: Answer, pauses: number[]])[] = [
    [{ status: 500 }, [1000, 2000]],
    [{ status: 429, headers: { "retry-after": "7" } }, [7000, 7000]],
    [{ status: 429, headers: { "retry-after": "86400" } }, [30_000, 30_000]],
    [{ status: 503, headers: { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" } }, [1000, 2000]],
    [undefined, [1000, 2000]],
  ];
  for (const [bad, pauses] of PASSING) {
    it(`is tried again after ${JSON.stringify(bad ?? "a broken connection")}`, async () => {
      await upsert((_, number) => (number <= 2 ? bad : { status: 200, body: [] }));
      assert.deepEqual(waits, pauses);
      assert.equal(gitlab.asked.length, 4);
    });
  }

  it("is given up after four tries", async () => {
    await assert.rejects(
      upsert(() => ({ status: 502, body: "bad gateway" })),
      { status: 502, message: 'GitLab answered 502: "bad gateway"' },
    );
    assert.equal(gitlab.asked.length, 4);
  });

  it("is never written twice because an answer was lost; what was not taken is tried again", async () => {
    for (const bad of [undefined, { status: 504 }]) {
      await assert.rejects(upsert(failing(bad)));
      assert.equal(calls().filter((call) => call.startsWith("POST")).length, 1);
      await gitlab.stop();
      gitlab = new Loopback();
    }
    assert.equal(await upsert(failing({ status: 429 })), "written");
  });

  for (const status of [400, 401, 403, 404]) {
    it(`is not tried again after ${status}`, async () => {
      await assert.rejects(
        upsert(() => ({ status })),
        { status },
      );
      assert.equal(gitlab.asked.length, 1);
    });
  }

  it("does not follow a redirect, which would take the token elsewhere", async () => {
    await assert.rejects(upsert(redirect), {
      status: 0,
      message: /^no answer from http:\/\/127\.0\.0\.1:\d+: /,
    });
  });

  it("does not read pages without end", async () => {
    await upsert(({ method }) => ({
      status: 200,
      body: [],
      ...(method === "GET" ? { headers: { "x-next-page": "2" } } : {}),
    }));
    assert.equal(gitlab.asked.length, 101);
  });
});
