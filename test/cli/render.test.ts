import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, parsed } from "../support/call";
import { CliProject, STACKS } from "../support/cli-project";

describe("stagewright render", () => {
  let project: CliProject;
  beforeEach(() => (project = new CliProject()));
  afterEach(() => project.remove());

  for (const stack of STACKS) {
    it(`shows the plan of ${stack} and writes its manifests, without an engine`, async () => {
      project.commit();
      const { code, out } = await call("render", "--stack", stack);
      assert.equal(code, 0);
      const files = readdirSync(join(project.folder, "rendered", stack));
      for (const file of ["deployment-blog.yaml", "cluster-blog-db.yaml", "secrets.json"]) {
        assert.ok(files.includes(file), file);
      }
      assert.ok(out.includes(`${files.length - 1} manifests are in rendered/${stack}; `));
      assert.equal(project.engineWasCalled, false);
    });
  }

  it("names the values that are still to be set, with the commands that set them", async () => {
    const { out } = await call("render", "--stack", "int");
    const commands = out.slice(out.indexOf("To be set before `stagewright up --stack int`")).split("\n");
    assert.deepEqual(commands.slice(1, 5), [
      "  pulumi stack init int --secrets-provider passphrase",
      "  pulumi config set --stack int --secret --path secrets.application.signing-secret",
      "  pulumi config set --stack int --secret --path secrets.application.author-password",
      "  pulumi config set --stack int --path image.digest sha256:DIGEST",
    ]);
  });

  it("is one JSON object a line for programs, and every line can be read", async () => {
    const { code, out, err } = await call("render", "--stack", "int", "--json");
    assert.equal(code, 0);
    assert.equal(err, "");
    const events = parsed(out);
    const result = events.at(-1);
    assert.equal(result?.["event"], "result");
    assert.equal(result?.["stack"], "int");
    assert.equal(result?.["folder"], "rendered/int");
    assert.equal(events.filter(({ event }) => event === "result").length, 1);
  });

  it("replaces what an earlier run wrote, and leaves other files", async () => {
    mkdirSync(join(project.folder, "rendered", "test"), { recursive: true });
    for (const file of ["old.yaml", "mine.txt"])
      writeFileSync(join(project.folder, "rendered", "test", file), "");
    await call("render");
    const files = readdirSync(join(project.folder, "rendered", "test"));
    assert.ok(files.includes("mine.txt"));
    assert.ok(!files.includes("old.yaml"));
  });
});
