import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Place } from "./support/machine";
import { Project } from "./support/project";
import { type Errand, placesOf, sweep } from "./support/sweep";

describe("a release that is killed", () => {
  let project: Project;
  let errand: Errand;
  let places: readonly Place[] = [];

  before(async () => {
    project = await Project.create({ signed: false });
    const command = ["release", "--stack", "test", "--yes"];
    const replaces = await project.change("one");
    await project.must(...command);
    const digest = await project.change("two");
    const saved = await project.save();
    errand = {
      project,
      saved,
      command,
      outcome: {
        stack: "test",
        operation: "deploy",
        version: "20260701.100200-master-1.0.0",
        digest,
        replaces,
        tagsGit: true,
        failedSmokes: 0,
      },
      isDone: ({ code }) => code === 0,
    };
    places = await placesOf(errand);
  });
  after(() => project?.remove());

  it("is finished by the next run, wherever it was killed", async () => {
    assert.ok(places.length > 30);
    await sweep(errand, places);
  });
});
