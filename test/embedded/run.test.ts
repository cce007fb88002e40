import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { renderManifests } from "../../embedded/manifests";
import { Secret } from "../../embedded/monitor";
import { BUILT_AT_UP, runProgram, runStack } from "../../embedded/run";
import { build, list, one, outputsOf, run, TEST_DIGEST } from "../support/program";

const CANARY = "canary-5d1c";

function configMap(name: string, data: Record<string, pulumi.Input<string>> = {}): k8s.core.v1.ConfigMap {
  return new k8s.core.v1.ConfigMap(name, { metadata: { name }, data });
}

class Outer extends pulumi.ComponentResource {
  constructor(b: pulumi.Input<string>) {
    super("a:b:C", "outer");
    const metadata = { name: "a" };
    const child = new k8s.core.v1.ConfigMap("a", { metadata, data: { b } }, { parent: this });
    this.registerOutputs({ name: child.metadata.name });
  }
}

function isTypeErrorOfThisFile(error: Error): true {
  assert.ok(error instanceof TypeError, String(error));
  assert.match(error.stack ?? "", /run\.test\.ts:\d+:\d+/);
  return true;
}

const later = <T>(milliseconds: number, value: T) =>
  new Promise<T>((resolve) => setTimeout(resolve, milliseconds, value));

describe("The embedded run", () => {
  it("tells type, name, parent and inputs of every resource", async () => {
    const registrations = await build(() => {
      const parent = new pulumi.ComponentResource("a:b:C", "outer");
      new k8s.core.v1.ConfigMap("inner", { metadata: { name: "inner" }, data: { a: "b" } }, { parent });
    });
    const outer = one(registrations, "a:b:C");
    const inner = one(registrations, "ConfigMap");
    assert.equal(outer.custom, false);
    assert.equal(inner.custom, true);
    assert.equal(inner.type, "kubernetes:core/v1:ConfigMap");
    assert.equal(inner.parent, outer.urn);
    assert.deepEqual(inner.inputs, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "inner" },
      data: { a: "b" },
    });
  });

  it("tells protection, retention, order, provider and ignored changes", async () => {
    const registrations = await build(() => {
      const provider = new k8s.Provider("cluster", {});
      const first = configMap("first");
      new k8s.core.v1.ConfigMap(
        "second",
        { metadata: { name: "second" } },
        { provider, protect: true, retainOnDelete: true, dependsOn: first, ignoreChanges: ["data"] },
      );
    });
    const first = one(registrations, "ConfigMap", "first");
    const second = one(registrations, "ConfigMap", "second");
    assert.deepEqual([first.protect, first.retainOnDelete, first.dependencies], [false, false, []]);
    assert.deepEqual([second.protect, second.retainOnDelete], [true, true]);
    assert.deepEqual(second.dependencies, [first.urn]);
    assert.deepEqual(second.ignoreChanges, ["data"]);
    const provider = one(registrations, "kubernetes");
    assert.ok(second.provider.startsWith(provider.urn), second.provider);
  });

  it("waits for resources that are made inside nested applies", async () => {
    const registrations = await build(() => {
      let chain = pulumi.output(0);
      for (let depth = 1; depth <= 5; depth++) {
        chain = chain.apply((before) => {
          const made = configMap(`depth-${before + 1}`);
          return made.metadata.name.apply(() => before + 1);
        });
      }
    });
    assert.deepEqual(
      list(registrations),
      [1, 2, 3, 4, 5].map((depth) => `kubernetes:core/v1:ConfigMap depth-${depth}`),
    );
  });

  it("waits for resources that are made after something outside answered, as a real engine does", async () => {
    const registrations = await build(() => {
      pulumi.output(later(60, "late")).apply((name) => configMap(name));
    });
    assert.deepEqual(list(registrations), ["kubernetes:core/v1:ConfigMap late"]);
  });

  it("gives out what the program exports", async () => {
    const outputs = await outputsOf(() => ({ name: configMap("a").metadata.name, list: [1, { b: true }] }));
    assert.deepEqual(outputs, { name: "a", list: [1, { b: true }] });
  });

  it("collects warnings and gives the log back", async () => {
    const before = pulumi.log.warn;
    const { warnings } = await run(() => {
      void pulumi.log.warn("first");
      void pulumi.log.warn("second");
      return {};
    });
    assert.deepEqual(warnings, ["first", "second"]);
    assert.equal(pulumi.log.warn, before);
  });

  it("runs as a preview of the named project and stack", async () => {
    const outputs = await outputsOf(() => ({
      project: pulumi.getProject(),
      stack: pulumi.getStack(),
      dry: pulumi.runtime.isDryRun(),
    }));
    assert.deepEqual(outputs, { project: "stagewright", stack: "test", dry: true });
  });

  it("begins each time with nothing of the time before", async () => {
    await build(() => void configMap("first"));
    assert.deepEqual(list(await build(() => void configMap("second"))), [
      "kubernetes:core/v1:ConfigMap second",
    ]);
  });
});

describe("The embedded run keeps secrets", () => {
  it("marked, and readable only to those who ask for the value", async () => {
    const registrations = await build(() => void configMap("a", { b: pulumi.secret(CANARY) }));
    const { inputs } = one(registrations, "ConfigMap");
    const value = (inputs["data"] as Record<string, unknown>)["b"];
    assert.ok(value instanceof Secret);
    assert.equal(value.reveal(), CANARY);
    assert.equal(JSON.stringify(inputs["data"]), '{"b":"[secret]"}');
  });

  it("marked through an apply and in nested values", async () => {
    const registrations = await build(() => {
      const whole = pulumi.secret({ inner: { token: CANARY } });
      configMap("a", { b: whole.apply(({ inner }) => `token ${inner.token}`) });
      new k8s.apiextensions.CustomResource("c", {
        apiVersion: "example.com/v1",
        kind: "Thing",
        metadata: { name: "c" },
        spec: [{ deep: whole }],
      });
    });
    assert.ok(!JSON.stringify(registrations).includes(CANARY));
    assert.match(JSON.stringify(one(registrations, "Thing").inputs), /\[\{"deep":"\[secret\]"\}\]/);
  });

  it("out of rendered manifests", async () => {
    const registrations = await build(() => void configMap("a", { b: pulumi.secret(CANARY) }));
    const { manifests } = renderManifests(registrations);
    assert.ok(!JSON.stringify(manifests).includes(CANARY));
  });

  it("marked among the outputs too", async () => {
    const { token } = await outputsOf(() => ({ token: pulumi.secret(CANARY) }));
    assert.ok(token instanceof Secret, JSON.stringify(token));
    assert.equal(token.reveal(), CANARY);
  });
});

describe("The embedded run fails", () => {
  it("when the program throws", async () => {
    await assert.rejects(
      build(() => {
        throw new Error("at once");
      }),
      { message: "at once" },
    );
  });

  it("when an apply throws, although nobody waits for it", async () => {
    await assert.rejects(
      build(() => {
        configMap("a").metadata.name.apply((name) => {
          throw new Error(`inside ${name}`);
        });
      }),
      { message: "inside a" },
    );
  });

  it("when an apply throws inside another one", async () => {
    await assert.rejects(
      build(() => {
        pulumi.output(1).apply((one) =>
          pulumi.output(one).apply((two) => {
            throw new Error(`inside ${two}`);
          }),
        );
      }),
      { message: "inside 1" },
    );
  });

  it("when an apply throws that a component's outputs wait for, instead of waiting for ever", async () => {
    await assert.rejects(
      build(() => {
        const b = pulumi.output("b").apply((input): string => {
          throw new Error(`no ${input}`);
        });
        new Outer(b);
      }),
      /no b$/,
    );
  });

  it("when it would have to guess what a provider answers, naming the question", async () => {
    await assert.rejects(
      build(() => void pulumi.runtime.invoke("aws:index/getRegion:getRegion", {})),
      { message: "the embedded run cannot answer aws:index/getRegion:getRegion: it has no provider" },
    );
  });

  const transforms = [() => undefined];
  const transforming: readonly (readonly [title: string, program: () => void])[] = [
    ["an object", () => void new k8s.core.v1.ConfigMap("a", { metadata: { name: "a" } }, { transforms })],
    ["a component", () => void new pulumi.ComponentResource("a:b:C", "outer", {}, { transforms })],
    [
      "the whole stack",
      () => {
        pulumi.runtime.registerResourceTransform(() => undefined);
        configMap("a");
      },
    ],
    [
      "every question",
      () => {
        pulumi.runtime.registerInvokeTransform(() => undefined);
        configMap("a");
      },
    ],
  ];
  for (const [title, program] of transforming) {
    it(`for a program with transforms of ${title}, instead of showing it without them`, async () => {
      await assert.rejects(build(program), (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error), String(error));
        assert.equal(
          error.message,
          "the program uses Pulumi's transforms, which only a real engine applies: what would be shown here is " +
            "not what is deployed; use: stagewright preview",
        );
        return true;
      });
    });
  }

  it("with file and line of the program for a programming error", async () => {
    const nothing = JSON.parse("null") as { name: string };
    await assert.rejects(
      build(() => void configMap(nothing.name)),
      isTypeErrorOfThisFile,
    );
  });

  it("with file and line of the program for a programming error inside an apply", async () => {
    const nothing = JSON.parse("null") as { name: string };
    await assert.rejects(
      build(() => void configMap("a").metadata.name.apply(() => nothing.name)),
      isTypeErrorOfThisFile,
    );
  });

  it("and the next run does not notice", async () => {
    await assert.rejects(
      build(() => {
        configMap("a");
        throw new Error("half way");
      }),
    );
    assert.deepEqual(list(await build(() => void configMap("b"))), ["kubernetes:core/v1:ConfigMap b"]);
  });
});

const ours = () => undefined;

describe("The embedded run and unhandled rejections", () => {
  const event = "unhandledRejection";
  afterEach(() => process.removeListener(event, ours));

  for (const [title, program] of [
    ["a good run", () => ({})],
    [
      "a failed run",
      () => {
        throw new Error("failed");
      },
    ],
  ] as const) {
    it(`leaves the listeners as they were after ${title}`, async () => {
      process.on(event, ours);
      const before = process.listeners(event);
      await run(program).catch(() => undefined);
      assert.deepEqual(process.listeners(event), before);
    });
  }

  it("leaves a listener for one time a listener for one time", async () => {
    process.once(event, ours);
    const before = process.rawListeners(event);
    await run(() => ({}));
    assert.deepEqual(process.rawListeners(event), before);
  });
});

describe("The embedded run of the committed stacks", () => {
  for (const stack of ["test", "int", "prod"]) {
    it(`renders ${stack}, and the same again`, async () => {
      const directory = process.cwd();
      const once = await runStack({ directory, stack });
      const again = await runStack({ directory, stack });
      const rendering = renderManifests(once.registrations);
      assert.ok(rendering.manifests.length > 8);
      assert.deepEqual(list(again.registrations), list(once.registrations));
      assert.deepEqual(again.outputs, once.outputs);
      assert.deepEqual(
        new Set(renderManifests(again.registrations).manifests.map((manifest) => JSON.stringify(manifest))),
        new Set(rendering.manifests.map((manifest) => JSON.stringify(manifest))),
      );
    });
  }

  it("shows a digest that is not known yet as such, and tests name one", async () => {
    const directory = process.cwd();
    const shown = await runStack({ directory, stack: "test" });
    assert.ok(String(shown.outputs["image"]).endsWith(`@${BUILT_AT_UP}`));
    const named = await runStack({ directory, stack: "test", builtDigest: TEST_DIGEST });
    assert.ok(String(named.outputs["image"]).endsWith(`@${TEST_DIGEST}`));
  });

  it("hands the configuration over as an engine would: what is secret there is secret here", async () => {
    const configuration = {
      values: { "stagewright:plain": "text", "stagewright:hidden": CANARY },
      secretKeys: ["stagewright:hidden"],
      open: [],
    };
    const { outputs } = await runProgram(
      () => ({
        plain: new pulumi.Config().require("plain"),
        hidden: new pulumi.Config().requireSecret("hidden"),
      }),
      { project: "stagewright", stack: "test", configuration },
    );
    assert.equal(outputs["plain"], "text");
    const { hidden } = outputs;
    assert.ok(hidden instanceof Secret, "not marked");
    assert.equal(hidden.reveal(), CANARY);
  });
});
