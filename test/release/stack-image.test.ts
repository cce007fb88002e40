import assert from "node:assert/strict";
import { readStackImage } from "../../release/stack-image";
import { fakePrograms, type Programs } from "../support/programs";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OUTPUTS = {
  image: `127.0.0.1:5000/team/blog@${DIGEST}`,
  commit: "c".repeat(40),
  version: "1-master-1.0.0",
};
const engine = { directory: ".", origin: "PATH", command: "pulumi", prefix: [] };

describe("the image of a stack", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());
  const outputs = (value: object) => programs.write("pulumi", `echo '${JSON.stringify(value)}'`);

  it("is what its outputs name", async () => {
    outputs(OUTPUTS);
    assert.deepEqual(await readStackImage(engine, "test"), {
      repository: "127.0.0.1:5000/team/blog",
      digest: DIGEST,
      commit: "c".repeat(40),
      version: "1-master-1.0.0",
    });
    assert.deepEqual(programs.calls("pulumi"), ["stack output --stack test --json --non-interactive"]);
  });

  for (const [what, value] of [
    ["nothing", {}],
    ["a tag", { ...OUTPUTS, image: "r.example.com/blog:1.0" }],
    ["no commit", { image: OUTPUTS.image, version: OUTPUTS.version }],
  ] as const) {
    it(`is none yet where they name ${what}`, async () => {
      outputs(value);
      await assert.rejects(readStackImage(engine, "test"), {
        kind: "failed",
        message: "stack test was not deployed yet, so it has no image: stagewright up --stack test",
      });
    });
  }

  it("is unknown where the engine fails, with its words", async () => {
    programs.write("pulumi", "echo 'error: no stack named test' >&2; exit 255");
    await assert.rejects(readStackImage(engine, "test"), /cannot be read: error: no stack named test$/);
  });
});
