import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Place } from "./support/machine";
import { Project } from "./support/project";
import { type Errand, placesOf, sweep } from "./support/sweep";

describe("a release that fails its smoke test and is killed", () => {
  let project: Project;
  let errand: Errand;
  let places: readonly Place[] = [];

  before(async () => {
    project = await Project.create({ signed: false });
    const command = ["release", "--stack", "test", "--yes"];
    const digest = await project.change("good");
    await project.must(...command);
    const bad = await project.change("bad");
    project.route.broken.add(bad);
    errand = {
      project,
      saved: await project.save(),
      command,
      outcome: {
        stack: "test",
        operation: "rollback",
        version: "20260701.100100-master-1.0.0",
        digest,
        replaces: bad,
        tagsGit: false,
        failedSmokes: 1,
      },
      isDone: ({ code, text }) => code === 1 && text.includes("stack test is back at 20260701.100100-"),
    };
    places = await placesOf(errand);
  });
  after(() => project?.remove());

  it("is taken back by the next run, wherever it was killed", async () => {
    assert.ok(places.length > 30);
    await sweep(errand, places);
  });
});
