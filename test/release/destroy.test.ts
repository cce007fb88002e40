import assert from "node:assert/strict";
import { destroy } from "../../release/destroy";
import { beginRun } from "../../release/journal";
import { makeCheckouts } from "../support/checkouts";
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
const kept = { protect: true, retainOnDelete: true };
const OFF = { protect: false, retainOnDelete: true };
const IMAGE = {
  urn: "urn:pulumi:test::stagewright::docker-build:index:Image::blog",
  type: "docker-build:index:Image",
  retainOnDelete: true,
};
const GONE = "Error from server (NotFound): it is not found";
const HAS_IT = 'case "$*" in "get secrets"*) exit 1;; esac';
const SILENT = "The connection to the server was refused";

describe("destroying a stack", () => {
  let programs: Programs;
  beforeEach(() => {
    programs = fakePrograms("git");
    holds([{ ...NAMESPACE, ...kept }, { ...CLUSTER, ...kept }, SERVICE, IMAGE]);
    write("unprotected", [{ ...NAMESPACE, ...OFF }, { ...CLUSTER, ...OFF }, SERVICE, IMAGE]);
    write("none", []);
    engine(`if [ -e unprotected.now ]; then echo "$(/bin/cat none)" > state; fi`);
    cluster(GONE);
  });
  afterEach(() => programs.remove());

  const write = (name: string, resources: readonly object[]) =>
    programs.put(name, JSON.stringify({ deployment: { resources } }));
  const holds = (resources: readonly object[]) => write("state", resources);

  /** An engine that answers with the state; only where nothing is protected a destroy empties it. */
  function engine(destroys: string): void {
    programs.write(
      "pulumi",
      `case "$*" in
      "stack export"*) /bin/cat state;;
      "state unprotect"*) : > unprotected.now; echo "$(/bin/cat unprotected)" > state;;
      destroy*) ${destroys};;
      esac`,
    );
  }
  /** A cluster that knows of no object, in these words; what it is to delete it does. */
  function cluster(words: string, deletes = ":"): void {
    programs.write(
      "kubectl",
      `case "$*" in "get secrets"*) exit 1;; get*) echo "${words}" >&2; exit 1;; delete*) ${deletes};; esac`,
    );
  }

  async function run(deleteData: boolean): Promise<readonly string[]> {
    const stack = declaredStack(programs.folder);
    return (await destroy(stack, deleteData, { step: () => undefined, warn: assert.fail })).left;
  }
  const calls = () =>
    ["pulumi", "kubectl"].flatMap((name) => programs.calls(name).map((call) => `${name} ${call}`));
  const deletions = () => calls().filter((call) => call.includes("delete "));
  const BOTH = [
    "kubectl delete Cluster.postgresql.cnpg.io blog-db --namespace blog-test --ignore-not-found --wait",
    "kubectl delete Namespace blog-test --ignore-not-found --wait",
  ];

  it("leaves what is protected, says so, and touches no object of the cluster itself", async () => {
    assert.deepEqual(await run(false), ["Namespace blog", "Cluster blog-db"]);
    assert.deepEqual(
      calls().filter((call) => !/^pulumi stack export|^kubectl get /.test(call)),
      ["pulumi destroy --stack test --yes --skip-preview --exclude-protected --json --non-interactive"],
    );
  });

  it("is refused while it is being released, before anything is looked at", async () => {
    const checkouts = makeCheckouts();
    checkouts.git(programs.folder, "init", "-q");
    const plan = { operation: "deploy", commit: "c", version: "v", by: "ann", command: "release" } as const;
    const release = await beginRun(programs.folder, { ...plan, stack: "test" });
    await assert.rejects(run(true), /^Error: stack test is locked: deploy of v by ann /);
    assert.deepEqual(calls(), []);
    await release.leave();
    assert.deepEqual(await run(true), []);
    checkouts.remove();
  });

  it("with its data deletes what the engine only forgets: the Cluster first, then its Namespace", async () => {
    assert.deepEqual(await run(true), []);
    assert.deepEqual(deletions(), BOTH);
    assert.ok(calls().some((call) => call.startsWith("pulumi state unprotect --all --yes --stack test")));
  });

  describe("after a run that was to delete the data and failed", () => {
    beforeEach(async () => {
      engine("echo 'error: interrupted' >&2; exit 255");
      await assert.rejects(run(true), { message: /^stack test was not destroyed\nerror: interrupted/ });
      assert.deepEqual(deletions(), []);
      engine(`echo "$(/bin/cat none)" > state`);
    });

    it("deletes the data, though nothing is protected any more", async () => {
      assert.deepEqual(await run(true), []);
      assert.deepEqual(deletions(), BOTH);
    });

    it("leaves the data where it is not to go, and says so", async () => {
      assert.deepEqual(await run(false), ["Namespace blog", "Cluster blog-db"]);
      assert.deepEqual(deletions(), []);
    });
  });

  describe("with its data, where the state holds none of it any more", () => {
    beforeEach(() => void holds([IMAGE]));

    it("fails while the declared Namespace is there, with the command that deletes it", async () => {
      programs.write("kubectl", HAS_IT);
      await assert.rejects(run(true), {
        kind: "failed",
        message: /^Namespace blog-test is still there, .*: kubectl delete Namespace blog-test$/,
      });
    });

    it("is done when the Namespace is gone", async () => assert.deepEqual(await run(true), []));

    it("asks for no Namespace when the data is to stay", async () => {
      programs.write("kubectl", HAS_IT);
      assert.deepEqual(await run(false), []);
    });
  });

  it("does not take a cluster that does not answer for one without the data", async () => {
    cluster(SILENT, "exit 1");
    await assert.rejects(run(true), {
      kind: "failed",
      message:
        /^whether Cluster\.postgresql\.cnpg\.io blog-db is there cannot be known: The connection .* refused\n.*: kubectl get Cluster\.postgresql\.cnpg\.io blog-db --namespace blog-test$/,
    });
  });

  it("is told by the engine where there is no such stack, and nothing is destroyed", async () => {
    programs.write("pulumi", "echo 'error: no stack named test' >&2; exit 255");
    await assert.rejects(run(false), {
      kind: "failed",
      message: /^stack test was not destroyed\nthe state .* cannot be read: error: no stack named test$/,
    });
  });

  it("takes an object of a kind that the cluster does not know for gone", async () => {
    cluster(`error: the server doesn't have a resource type 'Cluster'`, "exit 1");
    assert.deepEqual(await run(true), []);
  });
});
