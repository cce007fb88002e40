import assert from "node:assert/strict";
import { destroy } from "../../release/destroy";
import { declaredStack } from "../support/declared-stack";
import { fakePrograms, type Programs } from "../support/programs";

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
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  /** Runs it with an engine that answers with the state, and a kubectl whose `get` finds nothing. */
  async function run(deleteData: boolean): Promise<{ left: readonly string[]; calls: string[] }> {
    const resources = [{ ...NAMESPACE, protect }, { ...CLUSTER, protect }, SERVICE];
    const state = programs.put("state", JSON.stringify({ deployment: { resources } }));
    // Unprotected, everything goes; protected things stay in the state.
    programs.write(
      "pulumi",
      `case "$*" in
      "stack export"*) /bin/cat "${state}";;
      "state unprotect"*) echo '{"deployment":{}}' > "${state}";;
      esac`,
    );
    programs.write("kubectl", 'case "$*" in *" get "*|get*) exit 1;; esac');
    const stack = declaredStack(programs.folder);
    const { left } = await destroy(stack, deleteData, { step: () => undefined, warn: assert.fail });
    const calls = ["pulumi", "kubectl"].flatMap((name) =>
      programs.calls(name).map((call) => `${name} ${call}`),
    );
    return { left, calls };
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
