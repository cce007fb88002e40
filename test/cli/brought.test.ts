import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "../support/call";
import { CliProject } from "../support/cli-project";

describe("with a stack whose image is brought to it, and named in no file", () => {
  let project: CliProject;
  beforeEach(() => (project = new CliProject()));
  afterEach(() => project.remove());

  beforeEach(() => {
    const config = {
      "stagewright:image": { repository: "r.example.com/blog" },
      "stagewright:gateway": { name: "public", namespace: "gateway" },
      "stagewright:application": { host: "blog.example.com" },
    };
    writeFileSync(join(project.folder, "Pulumi.int.yaml"), JSON.stringify({ config }));
  });

  it("destroy comes as far as the engine", async () => {
    project.programs.write("pulumi", "echo 'error: locked' >&2; exit 255");
    const { code, err } = await call("destroy", "--stack", "int", "--yes");
    assert.equal(code, 1);
    assert.match(err, /^stack int was not destroyed\n.*error: locked\n$/);
  });

  it("doctor looks at its parts", async () => {
    const { code, out } = await call("doctor", "--stack", "int");
    assert.equal(code, 3);
    assert.match(out, /^MISSING .*kubectl/m);
  });
});
