import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findEngine, readState, type StateResource } from "../../adapters/engine";
import { ReleaseError } from "../../release/errors";
import { recover } from "../../release/recover";
import { declaredStack } from "../support/declared-stack";
import { fakePrograms, type Programs } from "../support/programs";

const urnOf = (type: string, name: string) => `urn:pulumi:test::stagewright::${type}::${name}`;

function creating(type: string, name: string, metadata: object): { type: string; resource: StateResource } {
  return { type: "creating", resource: { urn: urnOf(type, name), type, inputs: { metadata } } };
}
const there = creating("kubernetes:apps/v1:Deployment", "blog", { name: "blog", namespace: "ns" });
const missing = creating("kubernetes:core/v1:Secret", "gone", { name: "gone", namespace: "ns" });
const alone = creating("kubernetes:core/v1:Namespace", "home", { name: "ns" });
const foreign = {
  type: "creating",
  resource: { urn: urnOf("docker-build:index:Image", "blog"), type: "docker-build:index:Image" },
};

const after = (call: readonly string[], flag: string) =>
  call.flatMap((word, index) => (call[index - 1] === flag ? [word] : []));

describe("what an interrupted run had begun", () => {
  let programs: Programs;
  beforeEach(() => {
    programs = fakePrograms();
    // Only the Deployment and the Namespace came into being.
    fake(
      "kubectl",
      'case "$*" in *Deployment.apps*" blog "*|*"Namespace ns "*) exit 0;; esac; echo "(NotFound)" >&2; exit 1',
    );
  });
  afterEach(() => programs.remove());

  /** A program that keeps its words apart, and runs a script. Several may be called at once: each call is one line. */
  function fake(name: string, script: string): void {
    programs.write(name, `(IFS='\t'; printf '%s\\n' "$*" >> "$0.words")\n${script}`);
  }
  function fakePulumi(pending: readonly object[], refresh = "exit 0"): void {
    const state = programs.put("state", JSON.stringify({ deployment: { pending_operations: pending } }));
    fake("pulumi", `case "$1" in stack) /bin/cat ${state};; refresh) ${refresh};; esac`);
  }
  function calls(name: string): string[][] {
    const text = readFileSync(join(programs.folder, `${name}.words`), "utf8");
    return text
      .trimEnd()
      .split("\n")
      .map((call) => call.split("\t"));
  }
  const refreshes = () => calls("pulumi").filter(([command]) => command === "refresh");

  const steps: string[] = [];
  async function settle(): Promise<void> {
    const stack = declaredStack(programs.folder, { context: "kind" });
    steps.length = 0;
    const engine = findEngine(programs.folder);
    const state = await readState(engine, "test");
    await recover(engine, stack, state, { step: (text) => void steps.push(text), warn: assert.fail });
  }

  it("is nothing: then nothing is refreshed and nothing said", async () => {
    fakePulumi([]);
    await settle();
    assert.deepEqual(refreshes(), []);
    assert.deepEqual(steps, []);
  });

  it("is taken into the state where it came into being: each URN is followed by the object's id", async () => {
    fakePulumi([there, missing, alone]);
    await settle();
    const [imported = []] = refreshes();
    // The engine wants the flag once for each word: joined by a comma it counts one entry and refuses.
    assert.deepEqual(after(imported, "--import-pending-creates"), [
      there.resource.urn,
      "ns/blog",
      alone.resource.urn,
      "ns",
    ]);
  });

  it("is forgotten where it did not, in the state alone", async () => {
    fakePulumi([missing, foreign]);
    await settle();
    assert.equal(refreshes().length, 1);
    assert.ok(refreshes()[0]?.includes("--clear-pending-creates"));
    assert.deepEqual(after(refreshes()[0] ?? [], "--import-pending-creates"), []);
  });

  it("is not forgotten while the cluster does not tell whether it came into being", async () => {
    fakePulumi([there, missing]);
    fake("kubectl", "echo 'connection refused' >&2; exit 1");
    await assert.rejects(settle(), {
      kind: "failed",
      message: /^whether \S+ (blog|gone) is there cannot be known: connection refused\n/,
    });
    assert.deepEqual(refreshes(), []);
  });

  it("is forgotten after what is there was taken in, never before", async () => {
    fakePulumi([there, missing]);
    await settle();
    assert.deepEqual(
      refreshes().map((call) => call.includes("--clear-pending-creates")),
      [false, true],
    );
  });

  it("is settled without asking anybody, for this stack alone", async () => {
    fakePulumi([there, missing]);
    await settle();
    for (const call of refreshes()) {
      for (const word of ["--yes", "--non-interactive", "--skip-preview"])
        assert.ok(call.includes(word), word);
      assert.deepEqual(after(call, "--stack"), ["test"]);
    }
  });

  it("is looked for in the stack's own cluster", async () => {
    fakePulumi([there, alone, foreign]);
    await settle();
    const asked = calls("kubectl").map((call) => call.join(" "));
    assert.deepEqual(asked.toSorted(), [
      "--context kind get Deployment.apps blog --namespace ns --output name",
      "--context kind get Namespace ns --output name",
    ]);
  });

  it("is told by name", async () => {
    fakePulumi([there, missing]);
    await settle();
    assert.deepEqual(steps, [
      "settling 2 operation(s) of an interrupted run",
      "  blog was being created",
      "  gone was being created",
    ]);
  });

  it("stops the run where it cannot be settled, with the command to look at it", async () => {
    fakePulumi([missing], "echo 'error: locked' >&2; exit 255");
    await assert.rejects(settle(), (error) => {
      assert.ok(error instanceof ReleaseError);
      assert.equal(error.kind, "failed");
      assert.equal(
        error.message,
        "an interrupted run of stack test cannot be settled: error: locked\n" +
          "look at it yourself: pulumi refresh --stack test",
      );
      return true;
    });
  });
});
