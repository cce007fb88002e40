import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { ExitCode } from "../../cli/exit";
import { ReleaseError } from "../../release/errors";
import { beginRun } from "../../release/journal";
import { guardPair } from "../../release/switch/guard-pair";
import { readStack } from "../../release/stack";
import { call as callMain } from "../support/call";
import { makeCheckouts } from "../support/checkouts";
import { Pair } from "../support/pair";

const SOUTH_TO_NORTH = ["--from", "south", "--to", "north"];

/** Calls the command in this process, and gives its exit code and all that it said. */
async function call(...argv: string[]): Promise<{ code: ExitCode; said: string }> {
  const { code, out, err } = await callMain("switch-primary", ...argv);
  return { code, said: out + err };
}

const guardSouth = ({ folder }: Pair) => guardPair(readStack(folder, "south"));

describe("stagewright switch-primary", () => {
  const before = { PATH: process.env["PATH"], KUBECONFIG: process.env["KUBECONFIG"], folder: process.cwd() };
  let pair: Pair;
  beforeEach(() => {
    pair = new Pair();
    process.env["PATH"] = pair.path;
    process.env["KUBECONFIG"] = pair.kubeconfig;
    process.chdir(pair.folder);
  });
  afterEach(() => {
    process.chdir(before.folder);
    process.env["PATH"] = before.PATH;
    if (before.KUBECONFIG === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = before.KUBECONFIG;
    pair.remove();
  });

  it("switches, writes it into both stack files, and says what comes next", async () => {
    const { code, said } = await call(...SOUTH_TO_NORTH, "--yes");
    assert.equal(code, ExitCode.Done, said);
    assert.match(
      said,
      /north is written to now, and south follows it; [\d.]+ s without writes\nPulumi\.south\.yaml and Pulumi\.north\.yaml say so now: git add Pulumi\.south\.yaml Pulumi\.north\.yaml\nthe applications follow with: stagewright up --stack north && stagewright up --stack south\n$/,
    );
    for (const stack of ["south", "north"])
      assert.match(pair.file(stack), /primary: north # who is written to\n/);
    assert.deepEqual(pair.state.databases.south.annotations, {});

    const again = await call(...SOUTH_TO_NORTH, "--yes", "--json");
    assert.deepEqual(JSON.parse(again.said), {
      event: "result",
      stacks: { from: "south", to: "north" },
      from: "south",
      to: "north",
      begunAt: "done",
      files: [],
    });
  });

  const refused: readonly (readonly [title: string, make: () => void, argv: string[], message: string])[] = [
    [
      "without two stacks",
      () => undefined,
      ["--from", "south", "--yes"],
      "it is not said between which two stacks: stagewright switch-primary --from south --to north",
    ],
    [
      "between a stack and itself",
      () => undefined,
      ["--from", "south", "--to", "south", "--yes"],
      "it is not said between which two stacks: stagewright switch-primary --from south --to north",
    ],
    [
      "where nobody can be asked",
      () => undefined,
      SOUTH_TO_NORTH,
      "nobody is here to be asked; if it is meant, say so: --yes",
    ],
    [
      "in front of a third cluster",
      () => writeFileSync(pair.kubeconfig, "current-context: west\n"),
      [...SOUTH_TO_NORTH, "--yes"],
      "stack south belongs to the cluster of context south, and the current context is west; change to it: kubectl config use-context south",
    ],
    [
      "to a stack whose database is none of the pair",
      () =>
        writeFileSync(
          `${pair.folder}/Pulumi.north.yaml`,
          pair.file("north").replace("name: south", "name: west").replace("primary: south", "primary: west"),
        ),
      [...SOUTH_TO_NORTH, "--yes"],
      "stacks south and north are no pair: database.replica.source.name of north is west, and not south",
    ],
    [
      "from a stack whose database stands alone",
      () =>
        writeFileSync(
          `${pair.folder}/Pulumi.south.yaml`,
          "config:\n  stagewright:environment: test\n  stagewright:image: { repository: registry.example.com/blog }\n",
        ),
      [...SOUTH_TO_NORTH, "--yes"],
      "the database of stack south is not one of two: Pulumi.south.yaml has no database.replica",
    ],
  ];
  for (const [title, make, argv, message] of refused) {
    it(`is refused ${title}, with exit code 2 and nothing changed`, async () => {
      make();
      const { code, said } = await call(...argv);
      assert.deepEqual([code, said], [ExitCode.Usage, `${message}\n`]);
      assert.deepEqual(pair.calls, []);
    });
  }

  it("is not begun while one of the stacks is being released", async () => {
    const checkouts = makeCheckouts();
    checkouts.git(pair.folder, "init", "-q");
    const plan = { operation: "promote", commit: "c", version: "v", by: "ann", command: "promote" } as const;
    await beginRun(pair.folder, { ...plan, stack: "north" });
    const { code, said } = await call(...SOUTH_TO_NORTH, "--yes");
    assert.equal(code, ExitCode.Failed);
    assert.match(said, /^stack north is locked: promote of v by ann /);
    assert.deepEqual(pair.orders, []);
    checkouts.remove();
  });

  describe("keeps a deployment from undoing it", () => {
    it("where the file says something else than the database", async () => {
      await guardSouth(pair);
      pair.change(({ databases }) => (databases.south.primary = "north"));
      await assert.rejects(guardSouth(pair), (error: Error) => {
        assert.ok(error instanceof ReleaseError && error.kind === "usage");
        assert.equal(
          error.message,
          "Pulumi.south.yaml says that south is written to, and the database says north; if it was switched: " +
            "pulumi config set --stack south --path database.replica.primary north\n" +
            "to switch it: stagewright switch-primary --from STACK --to STACK",
        );
        return true;
      });
    });

    it("while a switch is not finished", async () => {
      const note = { to: "north", since: "2026-11-25T19:00:00.000Z" };
      pair.change(({ databases }) => {
        databases.south.annotations["stagewright/switching-primary"] = JSON.stringify(note);
      });
      await assert.rejects(guardSouth(pair), {
        message:
          "the database of stack south is being switched to north, since 2026-11-25T19:00:00.000Z; first finish that: " +
          "stagewright switch-primary --from STACK --to STACK",
      });
    });
  });
});
