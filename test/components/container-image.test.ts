import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import * as fc from "fast-check";
import { ContainerImage, type ContainerImageArgs, type ContainerImageBuild } from "../../components";
import { RecordingMonitor, type Registration, Secret } from "../../embedded/monitor";
import { at, build, childrenOf, list, one, outputsOf, TEST_DIGEST } from "../support/program";

const REPOSITORY = "registry.example.com/team/blog";
const PROMOTED = `sha256:${"ab".repeat(32)}`;
const SOURCES: ContainerImageBuild = {
  context: "app",
  revision: "1f0c3ab",
  created: "2026-11-23T18:00:00Z",
};

const image = (args: Partial<ContainerImageArgs>): Promise<readonly Registration[]> =>
  build(() => void new ContainerImage("blog", { repository: REPOSITORY, ...args }));
const promoted = () =>
  outputsOf(() => {
    const { digest, reference } = new ContainerImage("blog", { repository: REPOSITORY, digest: PROMOTED });
    return { digest, reference };
  });
const built = async (more: Partial<ContainerImageBuild> = {}, args: Partial<ContainerImageArgs> = {}) =>
  one(await image({ build: { ...SOURCES, ...more }, ...args }), "Image");

const registryAuth = async (repository: string) =>
  one(await image({ repository, digest: PROMOTED }), "docker").inputs["registryAuth"];
const tagged = (repository: string) =>
  `repository "${repository}" must carry neither tag nor digest: the digest comes out, not in`;
const noDigest = (digest: string) => `digest "${digest}" must be sha256: and 64 hexadecimal digits`;

describe("ContainerImage that is built", () => {
  it("makes the component and one build, and asks no registry", async () => {
    const registrations = await image({ build: SOURCES });
    const component = one(registrations, "ContainerImage");
    assert.equal(component.type, "stagewright:index:ContainerImage");
    assert.equal(registrations.length, 2);
    assert.deepEqual(childrenOf(registrations, component), ["docker-build:index:Image blog"]);
  });

  it("is referred to by repository and digest, never by a tag", async () => {
    const outputs = await outputsOf(() => {
      const { digest, reference } = new ContainerImage("blog", { repository: REPOSITORY, build: SOURCES });
      return { digest, reference };
    });
    assert.deepEqual(outputs, { digest: TEST_DIGEST, reference: `${REPOSITORY}@${TEST_DIGEST}` });
  });

  it("is built by `up` alone, pushed with every timestamp rewritten, and outlives the stack", async () => {
    const resource = await built();
    assert.equal(resource.inputs["buildOnPreview"], false);
    assert.equal(resource.inputs["push"], false, "the export pushes already");
    assert.deepEqual(resource.inputs["exports"], [
      { raw: "type=registry,rewrite-timestamp=true,oci-mediatypes=true" },
    ]);
    assert.equal(resource.retainOnDelete, true);
  });

  it("carries the sources' commit in its tag and labels, and no version", async () => {
    const { inputs } = await built({ source: "https://git.example.com/blog" });
    assert.deepEqual(inputs["tags"], [`${REPOSITORY}:git-1f0c3ab`]);
    assert.deepEqual(inputs["labels"], {
      "org.opencontainers.image.revision": "1f0c3ab",
      "org.opencontainers.image.created": "2026-11-23T18:00:00Z",
      "org.opencontainers.image.source": "https://git.example.com/blog",
    });
  });

  it("clamps every timestamp to the commit's time", async () => {
    const { inputs } = await built();
    assert.deepEqual(inputs["buildArgs"], { SOURCE_DATE_EPOCH: "1795456800" });
  });

  it("takes the commit's time in whole seconds, whatever it is", async () => {
    const times = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });
    await fc.assert(
      fc.asyncProperty(times, async (time) => {
        const { inputs } = await built({ created: time.toISOString() });
        assert.equal(
          at(inputs, "buildArgs", "SOURCE_DATE_EPOCH"),
          String((time.getTime() - (time.getTime() % 1000)) / 1000),
        );
      }),
      { numRuns: 10 },
    );
  });

  it("lets no build argument take the place of the commit's time", async () => {
    const { inputs } = await built({ arguments: { MIRROR: "https://m", SOURCE_DATE_EPOCH: "7" } });
    assert.deepEqual(inputs["buildArgs"], { MIRROR: "https://m", SOURCE_DATE_EPOCH: "1795456800" });
  });

  it("hands over context, Dockerfile, platforms, builder and cache as given, and none of them otherwise", async () => {
    const { inputs } = await built({
      dockerfile: "app/Dockerfile.slim",
      platforms: ["linux/arm64"],
      builder: "ours",
      cacheRepository: "registry.example.com/cache",
    });
    assert.deepEqual(inputs["context"], { location: "app" });
    assert.deepEqual(inputs["dockerfile"], { location: "app/Dockerfile.slim" });
    assert.deepEqual(inputs["platforms"], ["linux/arm64"]);
    assert.deepEqual(inputs["builder"], { name: "ours" });
    assert.deepEqual(inputs["cacheFrom"], [{ registry: { ref: "registry.example.com/cache" } }]);
    assert.deepEqual(inputs["cacheTo"], [
      {
        registry: {
          ref: "registry.example.com/cache",
          mode: "max",
          imageManifest: true,
          ociMediaTypes: true,
        },
      },
    ]);
    const plain = await built();
    for (const key of [
      "dockerfile",
      "platforms",
      "builder",
      "cacheFrom",
      "cacheTo",
      "registries",
      "secrets",
    ]) {
      assert.equal(plain.inputs[key], undefined, key);
    }
  });
});

describe("ContainerImage with secrets", () => {
  const CANARY = "canary-0f3b";

  it("passes build secrets to the build alone, marked as secret", async () => {
    const registrations = await image({ build: { ...SOURCES, secrets: { token: pulumi.secret(CANARY) } } });
    const { inputs } = one(registrations, "Image");
    const { secrets } = inputs;
    assert.ok(secrets instanceof Secret);
    const token = at(secrets.reveal(), "token");
    assert.equal(token instanceof Secret ? token.reveal() : token, CANARY);
    assert.deepEqual(inputs["buildArgs"], { SOURCE_DATE_EPOCH: "1795456800" });
    assert.ok(!JSON.stringify(registrations).includes(CANARY));
  });

  it("keeps its own inputs, which lie in state, empty", async () => {
    const registrations = await image({
      build: { ...SOURCES, secrets: { token: pulumi.secret(CANARY) } },
      login: { username: "robot", password: pulumi.secret(CANARY) },
    });
    assert.deepEqual(one(registrations, "ContainerImage").inputs, {});
  });

  it("logs in to the repository's registry for the build, with a password that is secret", async () => {
    const resource = await built({}, { login: { username: "robot", password: pulumi.secret(CANARY) } });
    assert.equal(at(resource.inputs, "registries", 0, "address"), "registry.example.com");
    assert.ok(!JSON.stringify(resource).includes(CANARY), "the password is in plain text");
  });

  it("logs in to the repository's registry for the look-up, with a password that is secret", async () => {
    const registrations = await image({
      digest: PROMOTED,
      login: { username: "robot", password: pulumi.secret(CANARY) },
    });
    const auth = JSON.stringify(one(registrations, "docker").inputs["registryAuth"]);
    assert.notEqual(auth, undefined);
    assert.ok(!auth.includes(CANARY), "the password is in plain text");
  });
});

describe("ContainerImage that is promoted", () => {
  it("builds nothing and makes a provider that only asks", async () => {
    const registrations = await image({ digest: PROMOTED });
    assert.deepEqual(list(registrations), [
      "pulumi:providers:docker blog-registry",
      "stagewright:index:ContainerImage blog",
    ]);
    const component = one(registrations, "ContainerImage");
    assert.deepEqual(childrenOf(registrations, component), ["pulumi:providers:docker blog-registry"]);
  });

  it("asks the registry for exactly the repository and digest, and is referred to by them", async () => {
    const asked = await withRegistry(PROMOTED, async () => {
      assert.deepEqual(await promoted(), { digest: PROMOTED, reference: `${REPOSITORY}@${PROMOTED}` });
    });
    assert.deepEqual(asked, [
      { token: "docker:index/getRegistryImage:getRegistryImage", name: `${REPOSITORY}:promoted@${PROMOTED}` },
    ]);
  });

  it("fails when the registry answers with another digest", async () => {
    const other = `sha256:${"cd".repeat(32)}`;
    await withRegistry(other, async () => {
      const text = `${REPOSITORY} answers ${other} when asked for ${PROMOTED}`;
      // The SDK may put the property that could not be had in front of it.
      await assert.rejects(promoted(), (error: Error) => error.message.endsWith(text));
    });
  });
});

describe("ContainerImage refuses", () => {
  const exactlyOne =
    "exactly one of `build` (build the image here) and `digest` (use a promoted one) must be given";
  const table: readonly (readonly [title: string, Partial<ContainerImageArgs>, message: string])[] = [
    ["neither build nor digest", {}, exactlyOne],
    ["both build and digest", { build: SOURCES, digest: PROMOTED }, exactlyOne],
    ["a tag in the repository", { repository: "r.io/blog:1", build: SOURCES }, tagged("r.io/blog:1")],
    [
      "a digest in the repository",
      { repository: "r.io/a@sha256:0", build: SOURCES },
      tagged("r.io/a@sha256:0"),
    ],
    ["an empty digest", { digest: "" }, noDigest("")],
    ["a digest without its algorithm", { digest: "ab".repeat(32) }, noDigest("ab".repeat(32))],
    ["a digest that is too short", { digest: "sha256:abcd" }, noDigest("sha256:abcd")],
    [
      "a digest in capital letters",
      { digest: `sha256:${"AB".repeat(32)}` },
      noDigest(`sha256:${"AB".repeat(32)}`),
    ],
  ];
  for (const [title, args, message] of table) {
    it(title, async () => {
      await assert.rejects(image(args), (error: Error) => {
        assert.ok(pulumi.ResourceError.isInstance(error), String(error));
        assert.equal(error.message, message);
        return true;
      });
    });
  }

  it("no repository for having a registry with a port", async () => {
    assert.equal((await image({ repository: "localhost:5000/blog", build: SOURCES })).length, 2);
  });
});

describe("ContainerImage that is promoted without a login", () => {
  let folder: string;
  let before: string | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "docker-config-"));
    before = process.env["DOCKER_CONFIG"];
    process.env["DOCKER_CONFIG"] = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env["DOCKER_CONFIG"];
    else process.env["DOCKER_CONFIG"] = before;
    rmSync(folder, { recursive: true });
  });
  it("asks as anybody when Docker has no configuration", async () => {
    assert.equal(await registryAuth(REPOSITORY), undefined);
  });

  it("uses the logins that Docker's configuration holds", async () => {
    writeFileSync(join(folder, "config.json"), "{}");
    assert.equal(await registryAuth(REPOSITORY), '[{"address":"registry.example.com"}]');
  });

  for (const registry of ["localhost:5000", "localhost", "127.0.0.1:5000"]) {
    it(`speaks plain http to ${registry}`, async () => {
      assert.equal(
        await registryAuth(`${registry}/blog`),
        `[{"address":"http://${registry}","authDisabled":true}]`,
      );
    });
  }

  it("speaks https to a registry whose name only begins like the loopback's", async () => {
    assert.equal(await registryAuth("localhost.example.com/blog"), undefined);
  });
});

interface Question {
  readonly token: string;
  readonly name: unknown;
}
interface InvokeRequest {
  getTok(): string;
  getArgs(): { toJavaScript(): Record<string, unknown> };
}
type Answer = (error: unknown, response: unknown) => void;

/** Listens to what a program asks, and lets the registry answer with `digest`. */
async function withRegistry(digest: string, program: () => Promise<void>): Promise<Question[]> {
  const asked: Question[] = [];
  const registry = new MockMonitor({
    newResource: () => ({ id: "", state: {} }),
    call: () => ({ sha256Digest: digest }),
  });
  const before = Object.getOwnPropertyDescriptor(RecordingMonitor.prototype, "invoke");
  RecordingMonitor.prototype.invoke = async (request: InvokeRequest, answer: Answer) => {
    asked.push({ token: request.getTok(), name: request.getArgs().toJavaScript()["name"] });
    await registry.invoke(request, answer);
  };
  try {
    await program();
  } finally {
    Reflect.deleteProperty(RecordingMonitor.prototype, "invoke");
    if (before) Object.defineProperty(RecordingMonitor.prototype, "invoke", before);
  }
  return asked;
}
