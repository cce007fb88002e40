import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { destroy } from "../../release/destroy";
import { declaredStack } from "../support/declared-stack";

const NAMESPACE = {
  urn: "urn:pulumi:test::stagewright::kubernetes:core/v1:Namespace::blog",
  type: "kubernetes:core/v1:Namespace",
  inputs: { metadata: { name: "blog-test" } },
};
const CLUSTER = {
  urn: "urn:pulumi:test::stagewright::kubernetes:postgresql.cnpg.io/v1:Cluster::blog-db",
  type: "kubernetes:postgresql.cnpg.io/v1:Cluster",
  inputs: { metadata: { name: "blog-db", namespace: "blog-test" } },
};
const SERVICE = {
  urn: "urn:pulumi:test::stagewright::kubernetes:core/v1:Service::blog",
  type: "kubernetes:core/v1:Service",
  inputs: { metadata: { name: "blog", namespace: "blog-test" } },
};
const protect = true;

describe("destroying a stack", () => {
  const path = process.env["PATH"];
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "stagewright-destroy-"));
    process.env["PATH"] = `${folder}:${path}`;
  });
  after(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  /** A program that writes down its words; the engine's answers with the state, kubectl's `get` finds nothing. */
  function fake(name: string, lines: readonly string[]): void {
    const script = ["#!/bin/sh", `echo "${name} $*" >> "${folder}/calls"`, ...lines, ""].join("\n");
    writeFileSync(join(folder, name), script, { mode: 0o755 });
  }
  async function run(deleteData: boolean): Promise<{ left: readonly string[]; calls: string[] }> {
    const resources = [{ ...NAMESPACE, protect }, { ...CLUSTER, protect }, SERVICE];
    writeFileSync(join(folder, "calls"), "");
    writeFileSync(join(folder, "state"), JSON.stringify({ deployment: { resources } }));
    // Unprotected, everything goes; protected things stay in the state.
    fake("pulumi", [
      `case "$*" in`,
      `"stack export"*) cat "${folder}/state";;`,
      `"state unprotect"*) echo '{"deployment":{}}' > "${folder}/state";;`,
      "esac",
    ]);
    fake("kubectl", [`case "$*" in *" get "*|get*) exit 1;; esac`]);
    const stack = declaredStack(folder);
    const { left } = await destroy(stack, deleteData, { step: () => undefined, warn: assert.fail });
    return { left, calls: readFileSync(join(folder, "calls"), "utf8").trim().split("\n") };
  }

  it("leaves what is protected, says so, and touches no object of the cluster itself", async () => {
    const { left, calls } = await run(false);
    assert.deepEqual(left, ["Namespace blog", "Cluster blog-db"]);
    assert.deepEqual(
      calls.filter((call) => !/^pulumi stack export|^kubectl get /.test(call)),
      ["pulumi destroy --stack test --yes --skip-preview --exclude-protected --json --non-interactive"],
    );
  });

  it("with its data deletes what the engine only forgets: the Cluster first, then its Namespace", async () => {
    const { left, calls } = await run(true);
    assert.deepEqual(left, []);
    assert.deepEqual(
      calls.filter((call) => call.includes("delete ")),
      [
        "kubectl delete Cluster.postgresql.cnpg.io blog-db --namespace blog-test --ignore-not-found --wait",
        "kubectl delete Namespace blog-test --ignore-not-found --wait",
      ],
    );
    assert.ok(calls.some((call) => call.startsWith("pulumi state unprotect --all --yes --stack test")));
  });
});
