import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { awaitLeavingPods } from "../../release/leaving-pods";
import type { DeclaredStack } from "../../release/stack";

const stack = {
  client: {},
  settings: { kubernetes: { namespace: "blog-test" } },
} as unknown as DeclaredStack;
const items = (...pods: object[]) => JSON.stringify({ items: pods.map((metadata) => ({ metadata })) });
const staying = { name: "blog-2" };
const leaving = { name: "blog-1", deletionTimestamp: "2026-11-28T11:07:30Z" };

describe("the pods that a rollout has replaced", () => {
  const path = process.env["PATH"] ?? "";
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "leaving-"));
    process.env["PATH"] = `${folder}${delimiter}${path}`;
  });
  afterEach(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  /** A cluster that gives one answer after the other, and stays with the last. */
  async function waitAmong(...answers: string[]): Promise<{ asked: string[]; told: string[] }> {
    for (const [index, answer] of answers.entries()) writeFileSync(join(folder, `${index + 1}`), answer);
    const script = [
      "#!/bin/sh",
      `echo "$*" >> "$0.calls"`,
      `number=$(grep -c . "$0.calls")`,
      `test -e "${folder}/$number" || exit 1`,
      `exec cat "${folder}/$number"`,
    ];
    writeFileSync(join(folder, "kubectl"), `${script.join("\n")}\n`, { mode: 0o755 });
    const told: string[] = [];
    const tell = (text: string) => void told.push(text);
    await awaitLeavingPods(stack, { step: tell, warn: tell });
    return { asked: readFileSync(join(folder, "kubectl.calls"), "utf8").trim().split("\n"), told };
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
