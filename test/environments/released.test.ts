import assert from "node:assert/strict";
import { readReleased, releasedVariables, withReleasedImage } from "../../environments/released";
import { runStack } from "../../embedded/run";
import { every, one } from "../support/program";

const digest = `sha256:${"b".repeat(64)}`;
const commit = "c".repeat(40);
const version = "20170717.111749-master-1.2.3";

describe("a release handed to the program", () => {
  it("comes out of the variables as it went in", () => {
    const released = { digest, commit, version };
    assert.deepEqual(readReleased(releasedVariables(released)), released);
    assert.deepEqual(readReleased(releasedVariables({})), {});
  });

  it("is nothing without variables, empty ones included", () => {
    assert.deepEqual(readReleased({ STAGEWRIGHT_DIGEST: "" }), {});
  });

  for (const [variable, value] of [
    ["STAGEWRIGHT_DIGEST", "latest"],
    ["STAGEWRIGHT_DIGEST", `sha256:${"B".repeat(64)}`],
    ["STAGEWRIGHT_COMMIT", "HEAD"],
    ["STAGEWRIGHT_COMMIT", "c".repeat(7)],
    ["STAGEWRIGHT_VERSION", "1.2.3"],
    ["STAGEWRIGHT_VERSION", `${version}\nmore`],
  ] as const) {
    it(`refuses ${variable}=${JSON.stringify(value)}, naming the variable`, () => {
      assert.throws(
        () => readReleased({ [variable]: value }),
        new RegExp(`^Error: ${variable} is .*: unset ${variable}$`),
      );
    });
  }

  it("takes the place of what would be built, and of the configured digest", () => {
    const raw = {
      image: {
        repository: "r/blog",
        context: "app",
        dockerfile: "app/Dockerfile",
        builder: {},
        digest: "old",
      },
      other: 1,
    };
    assert.deepEqual(withReleasedImage(raw, { digest }), {
      image: { repository: "r/blog", digest },
      other: 1,
    });
    assert.equal(withReleasedImage(raw, { commit }), raw);
    assert.deepEqual(withReleasedImage({}, { digest }), {});
  });

  it("is what the whole program deploys: the digest, the commit and the version, and nothing is built", async () => {
    const variables = releasedVariables({ digest, commit, version });
    Object.assign(process.env, variables);
    try {
      const { registrations, outputs } = await runStack({ directory: process.cwd(), stack: "test" });
      assert.deepEqual(every(registrations, "Image"), []);
      assert.match(String(outputs["image"]), new RegExp(`@${digest}$`));
      assert.equal(outputs["commit"], commit);
      assert.equal(outputs["version"], version);
      const { metadata } = one(registrations, "Deployment").inputs as {
        metadata: { annotations: Record<string, string> };
      };
      assert.equal(metadata.annotations["stagewright/version"], version);
      assert.equal(metadata.annotations["stagewright/digest"], digest);
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name];
    }
  });
});
