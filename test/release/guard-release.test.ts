import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guardRelease } from "../../release/guard-release";
import { beginRun } from "../../release/journal";
import { appendRecord } from "../../release/ledger";
import { type Checkouts, makeCheckouts } from "../support/checkouts";
import { digestOf, makeRecord } from "../support/records";

const [ONE, TWO] = [digestOf("1"), digestOf("2")];

describe("a deployment of a stack's configuration alone", () => {
  let checkouts: Checkouts;
  let here = "";
  const warned: string[] = [];
  const guard = (kept: { digest?: string; version?: string } = {}, directory = here) =>
    guardRelease(directory, "int", kept, { warn: (text) => warned.push(text) });
  const took = (digest: string, ended: string) => {
    const commit = checkouts.git(here, "rev-parse", "HEAD");
    return appendRecord(here, { ...makeRecord({ stack: "int", commit, ended }), digest });
  };

  beforeEach(() => {
    warned.length = 0;
    checkouts = makeCheckouts();
    here = checkouts.alone("here");
  });
  afterEach(() => checkouts.remove());

  it("does not come in between a release that is under way, and goes on once it has ended or failed", async () => {
    await guard();
    const plan = { operation: "deploy", commit: "c", version: "v", by: "ann", command: "release" } as const;
    const run = await beginRun(here, { ...plan, stack: "int" });
    await assert.rejects(
      guard(),
      /^Error: stack int is locked: deploy of v by ann .*\n.*unlock --stack int$/,
    );
    await run.leave();
    await guard();
    await beginRun(here, { ...plan, stack: "prod" });
    await guard();
  });

  it("takes nothing back that was brought since its image was read", async () => {
    await took(ONE, "2026-11-24T10:00:00.000Z");
    await guard({ digest: ONE, version: "1" });
    await took(TWO, "2026-11-24T11:00:00.000Z");
    await assert.rejects(guard({ digest: ONE, version: "1" }), /would bring 1 back; nothing was deployed/);
    await guard({ digest: TWO, version: "2" });
    await guard();
    assert.deepEqual(warned, []);
  });

  it("needs no git, and says so where the remote cannot be asked", async () => {
    const folder = mkdtempSync(join(tmpdir(), "no-git-"));
    await guard({ digest: ONE }, folder);
    rmSync(folder, { recursive: true });
    checkouts.git(here, "remote", "add", "origin", join(folder, "gone"));
    await guard();
    assert.equal(warned.length, 1);
    assert.match(
      warned[0] ?? "",
      /^whether stack int is being released cannot be seen: origin does not answer/,
    );
  });
});
