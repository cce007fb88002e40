import assert from "node:assert/strict";
import { mergeRequestOf, previewText, writeComment } from "../../release/comment";
import type { EngineRun } from "../../release/engine-run";
import { Loopback } from "../support/loopback";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const runOf = (steps: EngineRun["steps"], changes: EngineRun["changes"]): EngineRun => ({
  exitCode: 0,
  errors: [],
  steps,
  changes,
});
const VARIABLES = {
  CI_API_V4_URL: "https://gitlab.example.com/api/v4",
  CI_PROJECT_ID: "5",
  CI_MERGE_REQUEST_IID: "7",
  STAGEWRIGHT_GITLAB_TOKEN: "glpat-canary",
};

describe("the comment on a merge request", () => {
  it("is a table of what happens to what", () => {
    const steps = [
      { op: "update", kind: "Deployment", name: "blog" },
      { op: "create", kind: "Secret", name: "a|b`c\n@all" },
    ];
    assert.equal(
      previewText("test", COMMIT, runOf(steps, { update: 1, create: 1, same: 12 })),
      `### Stack \`test\`

\`stagewright up\` of 0123456789ab would change: **update 1, create 1**; 12 resources are as declared.

| | kind | name |
|---|---|---|
| \`update\` | \`Deployment\` | \`blog\` |
| \`create\` | \`Secret\` | \`a b c @all\` |
`,
    );
  });

  it("has no table where nothing changes", () => {
    const text = previewText("test", COMMIT, runOf([], { same: 12 }));
    assert.match(text, /\*\*nothing\*\*; 12 resources/);
    assert.ok(!text.includes("|"));
  });

  it("is cut where it would be too long, and says so", () => {
    const steps = Array.from({ length: 205 }, (_, index) => ({
      op: "create",
      kind: "Secret",
      name: `s${index}`,
    }));
    const text = previewText("test", COMMIT, runOf(steps, { create: 205 }));
    assert.equal(text.match(/^\| `create`/gm)?.length, 200);
    assert.match(text, /… and 5 more; the job's log has them all\./);
  });

  it("knows its merge request from GitLab's variables, and that it has none elsewhere", () => {
    assert.deepEqual(mergeRequestOf(VARIABLES), {
      api: "https://gitlab.example.com/api/v4",
      project: "5",
      number: "7",
      token: "glpat-canary",
    });
    assert.equal(mergeRequestOf({ ...VARIABLES, CI_MERGE_REQUEST_IID: "" }), undefined);
    assert.equal(mergeRequestOf({ BRANCH_NAME: "x" }), undefined);
  });

  it("says which token it needs where there is none", () => {
    assert.throws(() => mergeRequestOf({ ...VARIABLES, STAGEWRIGHT_GITLAB_TOKEN: "" }), {
      kind: "usage",
      message: /^STAGEWRIGHT_GITLAB_TOKEN is not set, .* scope api and role Reporter/,
    });
  });

  for (const [status, right] of [
    [401, /wrong or has expired; .* scope api$/],
    [403, /scope api and role Reporter; the job's own token never may$/],
    [404, /with role Reporter$/],
    [422, /GitLab answered 422: \{\}$/],
  ] as const) {
    it(`says what mends it when GitLab answers ${status}, without the token`, async () => {
      const gitlab = new Loopback();
      try {
        const api = await gitlab.start(() => ({ status }));
        const mergeRequest = { api, project: "5", number: "7", token: "glpat-canary" };
        await assert.rejects(
          writeComment(mergeRequest, "test", "text"),
          (error: Error & { kind?: string }) => {
            assert.equal(error.kind, "failed");
            assert.match(error.message, /^the comment was not written: /);
            assert.match(error.message, right);
            return !error.message.includes("canary");
          },
        );
      } finally {
        await gitlab.stop();
      }
    });
  }

  it("is one of its stack's own", async () => {
    const gitlab = new Loopback();
    try {
      const api = await gitlab.start(() => ({
        status: 200,
        body: [{ id: 1, system: false, body: "<!-- stagewright preview int -->\n" }],
      }));
      await writeComment({ api, project: "5", number: "7", token: "t" }, "test", "text");
      assert.deepEqual(JSON.parse(gitlab.asked[1]?.body ?? ""), {
        body: "<!-- stagewright preview test -->\ntext",
      });
    } finally {
      await gitlab.stop();
    }
  });
});
