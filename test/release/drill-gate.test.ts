import assert from "node:assert/strict";
import { drillProblem, passDrill } from "../../release/drill-gate";
import type { LiveStack } from "../../release/live";
import type { DeclaredStack } from "../../release/stack";
import { fakePrograms, type Programs } from "../support/programs";

const NOW = new Date("2026-11-25T12:00:00Z");
const passed = { kind: "restore", result: "passed", ended: "2026-11-24T12:00:00Z" };

const stack = (maxAgeHours?: number, environment = "prod") =>
  ({
    name: "live",
    client: { context: "kind" },
    settings: {
      kubernetes: { namespace: "blog" },
      definition: { name: environment },
      drill: maxAgeHours === undefined ? undefined : { maxAgeHours },
    },
  }) as unknown as DeclaredStack;
const message = (command: string) =>
  "nothing may come to stack live, as it is not proved that its database can be restored " +
  `(database.drill.maxAgeHours): no restore drill has left a result\nprove it: ${command}`;
describe("the gate's look at the last restore drill", () => {
  const table: readonly (readonly [title: string, drill: LiveStack["drill"], problem: string | undefined])[] =
    [
      ["a young one that passed", passed, undefined],
      ["none", "none", "no restore drill has left a result"],
      ["one that cannot be read", "not reachable", "the result of the last drill cannot be read"],
      [
        "one that failed, with its reason",
        { ...passed, result: "failed", reason: "file 0A is missing" },
        "the last drill, of 2026-11-24T12:00:00Z, failed: file 0A is missing",
      ],
      [
        "one that is too old",
        { ...passed, ended: "2026-11-24T11:00:00Z" },
        "the last drill, of 2026-11-24T11:00:00Z, is 25.0 hours old, more than 24",
      ],
    ];
  for (const [title, drill, problem] of table) {
    it(`${problem === undefined ? "lets pass" : "refuses"} ${title}`, () => {
      assert.equal(drillProblem(drill, 24, NOW), problem);
    });
  }

  describe("at a stack", () => {
    let programs: Programs;
    beforeEach(() => void (programs = fakePrograms()));
    afterEach(() => programs.remove());
    const answer = (items: readonly object[]) =>
      programs.answer("kubectl", { "": JSON.stringify({ items }) });

    it("asks nothing where no age is set", async () => {
      await passDrill(stack());
    });

    it("lets pass what the stack's own record proves", async () => {
      const result = JSON.stringify({ ...passed, ended: new Date().toISOString() });
      answer([{ data: { "result.json": result } }]);
      await passDrill(stack(24));
    });

    it("names the key, the reason and the command otherwise, prod's with the name said twice", async () => {
      answer([]);
      await assert.rejects(passDrill(stack(24)), {
        kind: "failed",
        message: message("stagewright drill restore --stack live --on-prod live"),
      });
      await assert.rejects(passDrill(stack(24, "int")), {
        message: message("stagewright drill restore --stack live"),
      });
    });
  });
});
