import assert from "node:assert/strict";
import { hostname, userInfo } from "node:os";
import { readActor } from "../../release/actor";

describe("who releases", () => {
  for (const [title, variables, actor] of [
    [
      "GitLab's user and pipeline",
      { GITLAB_USER_LOGIN: "ada", CI_PIPELINE_URL: "https://gitlab.example.com/p/1" },
      { by: "ada", pipeline: "https://gitlab.example.com/p/1" },
    ],
    [
      "Jenkins' user and build",
      { BUILD_USER_ID: "bob", BUILD_URL: "https://jenkins.example.com/job/1/" },
      { by: "bob", pipeline: "https://jenkins.example.com/job/1/" },
    ],
    [
      "GitHub's actor and run",
      {
        GITHUB_ACTOR: "eve",
        GITHUB_SERVER_URL: "https://github.example.com",
        GITHUB_REPOSITORY: "a/b",
        GITHUB_RUN_ID: "7",
      },
      { by: "eve", pipeline: "https://github.example.com/a/b/actions/runs/7" },
    ],
    [
      "what is said for Stagewright itself, before all others",
      { STAGEWRIGHT_ACTOR: "release-bot", GITLAB_USER_LOGIN: "ada" },
      { by: "release-bot" },
    ],
    [
      "the person at the machine, where no pipeline runs",
      { GITLAB_USER_LOGIN: "" },
      { by: `${userInfo().username}@${hostname()}` },
    ],
  ] as const) {
    it(`is ${title}`, () => assert.deepEqual(readActor(variables), actor));
  }
});
