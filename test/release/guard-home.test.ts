import assert from "node:assert/strict";
import { HOME, homeOf } from "../../environments/home";
import { guardHome } from "../../release/guard-home";
import { declaredStack } from "../support/declared-stack";
import { fakePrograms, type Programs } from "../support/programs";

const home = (name: string) => ({
  urn: "urn:pulumi:test::stagewright::kubernetes:core/v1:Namespace::blog",
  type: "kubernetes:core/v1:Namespace",
  inputs: { metadata: { name } },
});

describe("the namespace of a stack", () => {
  let programs: Programs;
  beforeEach(() => {
    programs = fakePrograms();
    programs.put("Pulumi.yaml", "name: stagewright\n");
  });
  afterEach(() => programs.remove());

  const stack = () => declaredStack(programs.folder);
  const own = () => homeOf(stack().settings);
  /** Guards it while the state holds these namespaces, and the cluster has one of this owner. */
  const guard = (held: readonly string[], owner?: string | null) => {
    const annotations = owner === null ? {} : { [HOME]: owner };
    const live = JSON.stringify({ kind: "Namespace", metadata: { name: "blog-test", annotations } });
    programs.write("kubectl", owner === undefined ? "exit 1" : `echo '${live}'`);
    return guardHome(stack(), { resources: held.map(home), pending: [] });
  };

  for (const [what, held, owner] of [
    ["is not there yet", [], undefined],
    ["was made by somebody else, for anybody", [], null],
    ["was left by this very stack", [], "test of registry.example.com/blog"],
    ["is in the state already, however it is annotated", ["blog-test"], "int of registry.example.com/blog"],
    ["is in the state beside others", ["more", "blog-test"], undefined],
  ] as const) {
    it(`is taken where it ${what}`, () => guard(held, owner));
  }

  for (const owner of ["test of registry.example.com/team/blog", "int of registry.example.com/blog"]) {
    it(`is refused where it is that of stack ${owner}`, async () => {
      await assert.rejects(guard([], owner), {
        kind: "usage",
        message:
          `namespace blog-test belongs to stack ${owner}, and this is stack ${own()}; take another one: ` +
          "pulumi config set --stack test --path kubernetes.namespace NAMESPACE\n" +
          "if it was this stack's under another name: kubectl annotate namespace blog-test stagewright/stack-",
      });
    });
  }

  it("is refused where the state holds another one, as that of another project of the same name does", async () => {
    await assert.rejects(guard(["shop-test"], null), {
      kind: "usage",
      message:
        "the state of stack test holds namespace shop-test, and Pulumi.test.yaml declares blog-test; nothing was changed\n" +
        "if another project called stagewright has its state in the same backend, rename this one: name in Pulumi.yaml, " +
        "and with it the keys in its stack files\n" +
        "if it is this stack's own: pulumi config set --stack test --path kubernetes.namespace shop-test",
    });
    assert.deepEqual(programs.calls("kubectl"), []);
  });
});
