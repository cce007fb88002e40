import assert from "node:assert/strict";
import { builderOf, provenanceOf } from "../../release/provenance";

const BUILD = {
  commit: "c".repeat(40),
  repository: "r.example.com/blog",
  context: "app",
  dockerfile: "app/Dockerfile",
  builder: "https://gitlab.example.com",
};

describe("the provenance of an image", () => {
  it("names the commit as what it was made of, and who made it", () => {
    assert.deepEqual(provenanceOf(BUILD), {
      buildDefinition: {
        buildType: "urn:stagewright:buildkit:v1",
        externalParameters: {
          repository: "r.example.com/blog",
          context: "app",
          dockerfile: "app/Dockerfile",
        },
        internalParameters: {},
        resolvedDependencies: [{ uri: "git:", digest: { gitCommit: "c".repeat(40) } }],
      },
      runDetails: { builder: { id: "https://gitlab.example.com" } },
    });
  });

  it("names where the commit lives and the pipeline's run, where they are known", () => {
    const source = "https://git.example.com/team/blog";
    const { buildDefinition, runDetails } = provenanceOf({ ...BUILD, source, invocation: "https://run" });
    assert.equal(buildDefinition.resolvedDependencies[0]?.uri, `git+${source}@${"c".repeat(40)}`);
    assert.deepEqual(runDetails.metadata, { invocationId: "https://run" });
  });
});

describe("the builder", () => {
  for (const [where, variables, expected] of [
    [
      "GitLab",
      { CI_SERVER_URL: "https://gitlab.example.com", CI_JOB_URL: "https://gitlab.example.com/j/1" },
      { builder: "https://gitlab.example.com", invocation: "https://gitlab.example.com/j/1" },
    ],
    [
      "Jenkins",
      { JENKINS_URL: "https://ci.example.com/", BUILD_URL: "https://ci.example.com/job/1/" },
      { builder: "https://ci.example.com/", invocation: "https://ci.example.com/job/1/" },
    ],
    [
      "GitHub",
      { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "a/b", GITHUB_RUN_ID: "7" },
      { builder: "https://github.com", invocation: "https://github.com/a/b/actions/runs/7" },
    ],
    ["this machine", {}, { builder: "urn:stagewright:this-machine" }],
    [
      "this machine",
      { CI_SERVER_URL: "https://x", JENKINS_URL: "" },
      { builder: "urn:stagewright:this-machine" },
    ],
  ] as const) {
    it(`is ${where} by ${Object.keys(variables).join(", ") || "no variable"}`, () => {
      assert.deepEqual(builderOf(variables), expected);
    });
  }
});
