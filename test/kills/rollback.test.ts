import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Place } from "./support/machine";
import { Project } from "./support/project";
import { type Errand, placesOf, sweep } from "./support/sweep";

describe("a rollback that is killed", () => {
  let project: Project;
  let errand: Errand;
  let places: readonly Place[] = [];

  before(async () => {
    project = await Project.create({ signed: false });
    const digests: string[] = [];
    // One more than it goes back, so that it could go too far.
    for (const text of ["one", "two", "three"]) {
      digests.push(await project.change(text));
      await project.must("release", "--stack", "test", "--yes");
    }
    const [, digest = "", replaces = ""] = digests;
    errand = {
      project,
      saved: await project.save(),
      command: ["rollback", "--stack", "test", "--yes"],
      outcome: {
        stack: "test",
        operation: "rollback",
        version: "20260701.100200-master-1.0.0",
        digest,
        replaces,
        tagsGit: false,
        failedSmokes: 0,
      },
      isDone: ({ code }) => code === 0,
    };
    places = await placesOf(errand);
  });
  after(() => project?.remove());

  it("goes back by one image, however often it is begun", async () => {
    assert.ok(places.length > 30);
    await sweep(errand, places);
  });
});
