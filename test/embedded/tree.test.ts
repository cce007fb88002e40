import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { drawTree, type Node, toTrees } from "../../embedded/tree";
import { run } from "../support/program";

function node(type: string, name: string, more: Partial<Node> = {}): Node {
  return { type, name, purpose: "", protect: false, children: [], ...more };
}

describe("drawTree", () => {
  it("draws branches, purposes in one column, and what is protected", () => {
    const tree = node("pulumi:pulumi:Stack", "blog-test", {
      purpose: "the stack",
      children: [
        node("kubernetes:core/v1:Namespace", "blog", { purpose: "a home", protect: true }),
        node("stagewright:index:WebApplication", "blog", {
          purpose: "the application",
          children: [
            node("kubernetes:apps/v1:Deployment", "blog", { purpose: "runs it" }),
            node("kubernetes:core/v1:Service", "blog", { children: [node("x:y:Deep", "d")] }),
          ],
        }),
        node("a:b:Last", "one", { protect: true, children: [node("x:y:Leaf", "l", { purpose: "leaf" })] }),
      ],
    });
    assert.deepEqual(drawTree([tree]), [
      "Stack blog-test         the stack",
      "├─ Namespace blog       a home [protected]",
      "├─ WebApplication blog  the application",
      "│  ├─ Deployment blog   runs it",
      "│  └─ Service blog",
      "│     └─ Deep d",
      "└─ Last one             [protected]",
      "   └─ Leaf l            leaf",
    ]);
  });

  it("draws several trees below each other, and none as nothing", () => {
    assert.deepEqual(drawTree([node("a:b:One", "1"), node("a:b:Two", "2")]), ["One 1", "Two 2"]);
    assert.deepEqual(drawTree([]), []);
  });
});

describe("toTrees", () => {
  it("puts every resource below its parent, in the order of the program", async () => {
    const { registrations } = await run(() => {
      const parent = new pulumi.ComponentResource("stagewright:index:WebApplication", "web");
      for (const name of ["a", "b"]) {
        new k8s.core.v1.Service(name, { metadata: { name } }, { parent, protect: name === "b" });
      }
      return {};
    });
    assert.deepEqual(toTrees(registrations), [
      node("pulumi:pulumi:Stack", "stagewright-test", {
        purpose: "the stack",
        children: [
          node("stagewright:index:WebApplication", "web", {
            purpose: "the application behind its route",
            children: ["a", "b"].map((name) =>
              node("kubernetes:core/v1:Service", name, {
                purpose: "one stable address for changing pods",
                protect: name === "b",
              }),
            ),
          }),
        ],
      }),
    ]);
  });
});
