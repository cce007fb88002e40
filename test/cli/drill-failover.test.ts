import assert from "node:assert/strict";
import { failoverDrill } from "../../cli/drill-failover";
import type { Output } from "../../cli/output";
import { beginRun } from "../../release/journal";
import { makeCheckouts } from "../support/checkouts";
import { declaredStack } from "../support/declared-stack";
import { fakePrograms, type Programs } from "../support/programs";

describe("a failover drill that is asked for a node", () => {
  let programs: Programs;
  beforeEach(() => {
    programs = fakePrograms("git");
    const pods = {
      items: ["db-1", "db-2"].map((name) => ({ metadata: { name }, spec: { nodeName: "west" } })),
    };
    const cluster = {
      metadata: { name: "db" },
      status: { currentPrimary: "db-1", targetPrimary: "db-1", image: "postgresql:17" },
    };
    programs.answer("kubectl", {
      "get clusters": JSON.stringify(cluster),
      "get pods": JSON.stringify(pods),
    });
  });
  afterEach(() => programs.remove());

  it("says that it is not run, and why, for people and programs, and ends with 3", async () => {
    const told: unknown[] = [];
    const output = {
      step: assert.fail,
      result: (...all: unknown[]) => void told.push(...all),
    } as unknown as Output;
    const values = { fault: "node", "node-down": "exit 1", "node-up": "exit 1", yes: true };
    assert.equal(await failoverDrill(values)(declaredStack(programs.folder), "db", output), 3);
    const why = "all instances of db are on node west, so that none could take over";
    assert.deepEqual(told, [
      { stack: "test", results: [], notRun: [{ kind: "node", why }] },
      [`primary's node unreachable       not run: ${why}`],
    ]);
  });

  it("is not begun where nobody can say that it is meant", async () => {
    const values = { fault: "node", "node-down": "true", "node-up": "true", yes: false };
    const nobody = { json: true, step: assert.fail, result: assert.fail } as unknown as Output;
    await assert.rejects(
      failoverDrill(values)(declaredStack(programs.folder), "db", nobody),
      /nobody is here to be asked/,
    );
  });

  it("is not begun while the stack is being released", async () => {
    const checkouts = makeCheckouts();
    checkouts.git(programs.folder, "init", "-q");
    const plan = { operation: "deploy", commit: "c", version: "v", by: "ann", command: "release" } as const;
    await beginRun(programs.folder, { ...plan, stack: "test" });
    const output = { step: assert.fail, result: assert.fail, warn: assert.fail } as unknown as Output;
    const drill = failoverDrill({ fault: "delete", yes: true })(declaredStack(programs.folder), "db", output);
    await assert.rejects(drill, /^Error: stack test is locked: deploy of v by ann /);
    assert.deepEqual(programs.calls("kubectl"), []);
    checkouts.remove();
  });

  const refused = [
    [
      { fault: "kill", "node-down": "true", "node-up": "true" },
      /--fault kill cuts no node off; node or all does/,
    ],
    [{ fault: "rain", "node-down": "true" }, /--fault takes switchover, delete, kill, node or all, not rain/],
    [{ fault: "all", "node-up": "true" }, /a node that cannot be reached takes --node-down and --node-up/],
    [{ fault: "node", "node-down": "", "node-up": "true" }, /a node that cannot be reached takes/],
    [{ fault: "node" }, /a node that cannot be reached takes/],
  ] as const;
  for (const [values, text] of refused) {
    it(`refuses ${JSON.stringify(values)} before anything is asked`, () => {
      assert.throws(() => failoverDrill(values), text);
    });
  }
});
