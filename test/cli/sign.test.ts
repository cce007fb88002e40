import assert from "node:assert/strict";
import { call } from "../support/call";
import { CliProject } from "../support/cli-project";

describe("stagewright sign", () => {
  let project: CliProject;
  beforeEach(() => (project = new CliProject()));
  afterEach(() => project.remove());

  const digest = `sha256:${"a".repeat(64)}`;
  const image = `r.example.com/blog@${digest}`;
  const outputs = JSON.stringify({ image, commit: "c".repeat(40), version: "1-master-1.0.0" });

  it("says what was there, and takes key or identity", async () => {
    project.programs.write("pulumi", `echo '${outputs}'`);
    const signature = {
      type: "https://sigstore.dev/cosign/sign/v1",
      image: { "docker-manifest-digest": digest },
    };
    const payload = Buffer.from('{"predicate":{}}').toString("base64");
    project.programs.write(
      "cosign",
      `case "$1" in verify) echo '${JSON.stringify([{ critical: signature }])}';; ` +
        `*) echo '{"payload":"${payload}"}';; esac`,
    );
    for (const who of [
      ["--key", "hashivault://blog"],
      ["--identity", "ci@example.com", "--issuer", "https://accounts.example.com"],
    ]) {
      const { code, out } = await call("sign", ...who);
      assert.equal(code, 0);
      assert.equal(out, `${image}\n  sbom was there\n  provenance was there\n  signature was there\n`);
    }
  });

  for (const who of [
    [],
    ["--identity", "x"],
    ["--issuer", "x"],
    ["--key", "x", "--identity", "y", "--issuer", "z"],
  ]) {
    it(`with ${who.join(" ") || "nothing"} is refused, as it is not clear who signs`, async () => {
      const { code, err } = await call("sign", ...who);
      assert.equal(code, 2);
      assert.match(err, /^it is not said who signs: --key FILE-OR-URI, or --identity and --issuer /);
      assert.equal(project.engineWasCalled, false);
    });
  }

  it("is refused for a stack that did not build it", async () => {
    const { code, err } = await call("sign", "--stack", "int", "--key", "hashivault://blog");
    assert.equal(code, 2);
    assert.match(err, /stack int/);
    assert.equal(project.engineWasCalled, false);
  });
});
