import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Place } from "./support/machine";
import { Project } from "./support/project";
import { type Errand, placesOf, sweep } from "./support/sweep";

describe("a promotion of a signed image that is killed", () => {
  let project: Project;
  let errand: Errand;
  let places: readonly Place[] = [];

  before(async () => {
    project = await Project.create({ signed: true });
    const digest = await project.change("one");
    await project.must("release", "--stack", "test", "--yes");
    errand = {
      project,
      saved: await project.save(),
      command: ["promote", "--to", "int", "--yes"],
      outcome: {
        stack: "int",
        operation: "promote",
        version: "20260701.100100-master-1.0.0",
        digest,
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
