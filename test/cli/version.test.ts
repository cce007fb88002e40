import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { call, parsed } from "../support/call";
import { CliProject } from "../support/cli-project";

describe("stagewright version", () => {
  let project: CliProject;
  beforeEach(() => (project = new CliProject()));
  afterEach(() => project.remove());

  const version = /^20170717\.111749-master-\d+\.\d+\.\d+\n$/;
  const noBranch = ["STAGEWRIGHT_BRANCH", "CI_COMMIT_REF_NAME", "BRANCH_NAME", "GITHUB_REF_NAME"];
  const before = noBranch.map((name) => [name, process.env[name]] as const);
  beforeEach(() => {
    for (const name of noBranch) delete process.env[name];
  });
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it("prints the version of the commit, and nothing else", async () => {
    project.commit();
    const { code, out, err } = await call("version");
    assert.equal(code, 0);
    assert.match(out, version);
    assert.equal(err, "");
  });

  it("warns beside it where files differ from the commit", async () => {
    project.commit();
    writeFileSync(join(project.folder, "new"), "");
    const { code, out, err } = await call("version");
    assert.equal(code, 0);
    assert.match(out, version);
    assert.equal(err, "warning: there are changes that no commit holds; the version is the commit's\n");
  });

  it("takes the branch that is said", async () => {
    project.commit();
    const { out } = await call("version", "--branch", "feature/x");
    assert.match(out, /^20170717\.111749-feature-x-/);
  });

  it("is a line of JSON for programs, warnings too", async () => {
    project.commit();
    writeFileSync(join(project.folder, "new"), "");
    const { code, out, err } = await call("version", "--json");
    assert.equal(code, 0);
    assert.equal(err, "");
    const [warning, result] = parsed(out);
    assert.equal(warning?.["event"], "warning");
    assert.deepEqual(Object.keys(result ?? {}), ["event", "version", "commit", "dirty"]);
    assert.equal(result?.["dirty"], true);
  });

  it("refuses a package's version that is no semantic one, and says how to mend it", async () => {
    writeFileSync(join(project.folder, "package.json"), '{"version": "1.2"}');
    project.commit();
    const { code, err } = await call("version");
    assert.equal(code, 2);
    assert.match(err, /^package\.json: "1\.2" is no semantic version; .*: npm pkg set version=1\.2\.3\n$/);
    assert.match((await call("render")).err, /^package\.json: "1\.2" is no semantic version/);
  });

  it("is a missing part where there is no commit", async () => {
    process.env["GIT_CEILING_DIRECTORIES"] = dirname(project.folder);
    const { code, out, err } = await call("version");
    delete process.env["GIT_CEILING_DIRECTORIES"];
    assert.equal(code, 3);
    assert.equal(out, "");
    assert.equal(err, "there is no git commit here, so there is no version: git init && git commit\n");
  });
});
