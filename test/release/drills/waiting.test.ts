import assert from "node:assert/strict";
import { takenOver } from "../../../release/drills/waiting";
import { fakePrograms, type Programs } from "../../support/programs";

const target = { client: {}, namespace: "blog", cluster: "db", clientLabels: {} };
const cluster = (currentPrimary: string) =>
  JSON.stringify({ metadata: { name: "db" }, status: { currentPrimary, image: "postgresql:17" } });
const written = (at: number) => Array.from({ length: 40 }, (_, id) => `${id + 1} ${at}`).join("\n");
const HOUR = 3_600_000;

describe("waiting until another instance has taken over", () => {
  let programs: Programs;
  beforeEach(() => {
    programs = fakePrograms();
    const { folder } = programs;
    programs.write(
      "kubectl",
      `case "$*" in *get*) /bin/cat "${folder}/cluster";; *logs*) /bin/cat "${folder}/log";; esac`,
    );
    programs.put("log", written(Date.now() + HOUR));
  });
  afterEach(() => programs.remove());

  it("goes on although the cluster cannot be looked at meanwhile, and ends with a new primary", async () => {
    const seen: string[] = [];
    const waiting = takenOver(target, "db-1", () => {
      seen.push("looked");
      if (seen.length === 1) programs.put("cluster", cluster("db-1"));
      if (seen.length === 2) programs.put("cluster", cluster("db-2"));
    });
    await waiting;
    assert.ok(seen.length >= 3);
  });

  it("counts only what is written after that: a cut may take a while to work", async () => {
    programs.put("cluster", cluster("db-2"));
    programs.put("log", written(Date.now() - 1000));
    let looks = 0;
    await takenOver(target, "db-1", () => {
      looks += 1;
      if (looks === 3) programs.put("log", written(Date.now() + HOUR));
    });
    assert.ok(looks >= 3);
  });

  it("ends at once when interrupted, also where nothing can be looked at", async () => {
    const waiting = takenOver(target, "db-1", () => {
      throw new Error("interrupted");
    });
    await assert.rejects(waiting, /^Error: interrupted$/);
  });
});
