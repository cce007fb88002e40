import assert from "node:assert/strict";
import type { Member } from "../../../release/switch/member";
import { guardBeginning, stageOf } from "../../../release/switch/stage";

const member = (self: string, source: string): Member => ({
  stack: `stack-${self}`,
  client: { context: self },
  namespace: "blog",
  self,
  cluster: "blog-db",
  primary: "south",
  source,
  systemId: "7",
  instance: "blog-db-1",
  phase: "Cluster in healthy state",
  healthy: true,
  annotated: true,
});
const south = member("south", "north");
const north = member("north", "south");
const begun = { to: "north", since: "2026-11-25T19:00:00.000Z" };
const back = { to: "south", since: "2026-11-25T19:00:00.000Z" };

describe("the stage of a switch from south to north", () => {
  const stages: readonly (readonly [stage: string, old: Partial<Member>, next: Partial<Member>])[] = [
    ["before", {}, {}],
    ["demoted", { primary: "north", begun }, {}],
    // A token of an earlier switch tells nothing.
    ["demoted", { primary: "north", begun }, { demotionToken: "old" }],
    ["promoted", { primary: "north", begun }, { primary: "north" }],
    ["done", { primary: "north" }, { primary: "north" }],
  ];
  for (const [stage, old, next] of stages) {
    it(`is "${stage}" by ${JSON.stringify([old, next])}`, () =>
      assert.equal(stageOf({ ...south, ...old }, { ...north, ...next }), stage));
  }

  const none: readonly (readonly [
    title: string,
    old: Partial<Member>,
    next: Partial<Member>,
    message: string,
  ])[] = [
    [
      "the other one follows somebody else",
      {},
      { source: "west" },
      "south and north do not follow each other: they name north and west",
    ],
    [
      "both are written to",
      {},
      { primary: "north" },
      "both south and north are written to: one was promoted without the other one's giving up, " +
        "and one of them must be made anew: docs/runbooks/switch-primary.md",
    ],
    [
      "somebody demoted the old one by hand",
      { primary: "north", demotionToken: "token" },
      {},
      "neither south nor north is written to, and no switch from south has begun: docs/runbooks/switch-primary.md",
    ],
    ...([{ primary: "north" }, { primary: "south" }] as const).map(
      ({ primary }) =>
        [
          `one the other way is not finished, and ${primary} was told to write`,
          { primary },
          { primary: "south", begun: back },
          "a switch from north to south began at 2026-11-25T19:00:00.000Z and is not finished; first: " +
            "stagewright switch-primary --from stack-north --to stack-south",
        ] as const,
    ),
  ];
  for (const [title, old, next, message] of none) {
    it(`is none where ${title}`, () =>
      assert.throws(() => stageOf({ ...south, ...old }, { ...north, ...next }), {
        message: `nothing was changed: ${message}`,
      }));
  }
});

describe("a switch does not begin", () => {
  const table: readonly (readonly [
    title: string,
    old: Partial<Member>,
    next: Partial<Member>,
    message: string,
  ])[] = [
    [
      "from one that is not healthy",
      { healthy: false, phase: "Failing over", phaseReason: "no node" },
      {},
      "south is not healthy: Failing over (no node); look at it: " +
        "kubectl describe cluster blog-db --namespace blog",
    ],
    [
      "to one that is not healthy",
      {},
      { healthy: false, phase: "Setting up primary" },
      "north is not healthy: Setting up primary; look at it: kubectl describe cluster blog-db --namespace blog",
    ],
    [
      "where the log is not archived",
      { notArchiving: "no bucket" },
      {},
      "south does not archive its log, which the other one reads: no bucket",
    ],
    [
      "to one that is no copy",
      {},
      { systemId: "8" },
      "north is no copy of south: their system identifiers are 8 and 7",
    ],
  ];
  for (const [title, old, next, message] of table) {
    it(title, () =>
      assert.throws(() => guardBeginning({ ...south, ...old }, { ...north, ...next }), {
        message: `nothing was changed: ${message}`,
      }),
    );
  }

  it("to one of which it is not known whether it is a copy", () => {
    const { systemId: _systemId, ...unknown } = south;
    assert.throws(() => guardBeginning(unknown, north), /identifiers are 7 and not known$/);
  });

  it("unless all is well", () => guardBeginning(south, north));
});
