import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findEngine, readState, type StateResource } from "../../adapters/engine";
import { settleUnwritten } from "../../release/unwritten";
import { fakePrograms, type Programs } from "../support/programs";

const urn = (type: string, name: string) => `urn:pulumi:test::stagewright::${type}::${name}`;
const VALUE = "vault:kv/secretV2:SecretV2";
const SEALED = { ciphertext: "v1:abc" };
const value = (name: string, more: object = {}) => ({
  urn: urn(VALUE, name),
  type: VALUE,
  outputs: { mount: "secret", dataJsonWoVersion: SEALED },
  ...more,
});
const refused = { initErrors: ["permission denied"] };
const workload = {
  urn: urn("kubernetes:apps/v1:Deployment", "blog"),
  type: "kubernetes:apps/v1:Deployment",
  initErrors: ["not ready"],
};

describe("a value that Vault did not take in an earlier run", () => {
  let programs: Programs;
  const told: string[] = [];
  const progress = {
    step: (text: string) => void told.push(text),
    warn: (text: string) => assert.fail(text),
  };

  async function settle(resources: readonly object[], ending = "exit 0"): Promise<void> {
    const state = JSON.stringify({ version: 3, deployment: { manifest: { magic: "m" }, resources } });
    const imported = join(programs.folder, "imported");
    programs.write(
      "pulumi",
      `case "$2" in export) echo '${state}';; import) read -r all; echo "$all" > ${imported}; ${ending};; esac`,
    );
    const engine = findEngine(programs.folder);
    await settleUnwritten(engine, "test", await readState(engine, "test"), progress);
  }
  const imported = () =>
    JSON.parse(readFileSync(join(programs.folder, "imported"), "utf8")) as {
      version: number;
      deployment: { manifest: object; resources: StateResource[] };
    };

  beforeEach(() => {
    programs = fakePrograms();
    told.length = 0;
  });
  afterEach(() => programs.remove());

  it("is marked as not written, and all else in the state stays as it is", async () => {
    await settle([workload, value("blog-application", refused), value("blog-mail")]);
    const { version, deployment } = imported();
    assert.deepEqual([version, deployment.manifest], [3, { magic: "m" }]);
    assert.deepEqual(deployment.resources, [
      workload,
      value("blog-application", { outputs: { mount: "secret", dataJsonWoVersion: 0 } }),
      value("blog-mail"),
    ]);
    assert.deepEqual(told, [
      "blog-application: Vault did not take it in an earlier run, so it is written anew",
    ]);
  });

  it("is looked for alone where there is none: the state is not written", async () => {
    await settle([workload, value("blog-application")]);
    assert.deepEqual(told, []);
    assert.ok(programs.calls("pulumi").every((call) => !call.includes("import")));
  });

  it("is told where the engine does not take the state", async () => {
    await assert.rejects(settle([value("blog-application", refused)], "echo locked >&2; exit 1"), {
      kind: "failed",
      message:
        "nothing was changed: values that Vault did not take cannot be marked in the state of stack test: locked",
    });
  });
});
