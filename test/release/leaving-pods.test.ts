import assert from "node:assert/strict";
import { awaitLeavingPods } from "../../release/leaving-pods";
import type { DeclaredStack } from "../../release/stack";
import { fakePrograms, type Programs } from "../support/programs";

const stack = {
  client: {},
  settings: { kubernetes: { namespace: "blog-test" } },
} as unknown as DeclaredStack;
const items = (...pods: object[]) => JSON.stringify({ items: pods.map((metadata) => ({ metadata })) });
const staying = { name: "blog-2" };
const leaving = { name: "blog-1", deletionTimestamp: "2026-11-28T11:07:30Z" };

describe("the pods that a rollout has replaced", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  /** A cluster that gives one answer after the other, and stays with the last. */
  async function waitAmong(...answers: string[]): Promise<{ asked: string[]; told: string[] }> {
    for (const [index, answer] of answers.entries()) programs.put(`${index + 1}`, answer);
    programs.write(
      "kubectl",
      `number=0; while read -r _; do number=$((number + 1)); done < "$0.calls"
      [ -e "\${0%/*}/$number" ] || exit 1
      exec /bin/cat "\${0%/*}/$number"`,
    );
    const told: string[] = [];
    const tell = (text: string) => void told.push(text);
    await awaitLeavingPods(stack, { step: tell, warn: tell });
    return { asked: programs.calls("kubectl"), told };
  }

  it("are not waited for where there are none", async () => {
    const { asked, told } = await waitAmong(items(staying));
    assert.deepEqual([asked.length, told], [1, []]);
    assert.match(asked[0] ?? "", /^get pods --namespace blog-test --selector \S+component=web /);
  });

  it("are waited for until the last one has gone, and that is told", async () => {
    const { asked, told } = await waitAmong(items(leaving, staying), items(staying));
    assert.deepEqual([asked.length, told], [2, ["waiting until the replaced pods are gone: 1"]]);
  });

  it("stop nobody where the cluster does not answer", async () => {
    const { asked, told } = await waitAmong();
    assert.deepEqual([asked.length, told], [1, []]);
  });
});
