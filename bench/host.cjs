// The Pulumi Node host itself, on the SDK's mock monitor instead of an engine's. Plain JavaScript, because a
// loader for TypeScript is there only once the host has registered it.
const { setMocks } = require("@pulumi/pulumi/runtime/mocks");

const mocks = {
  newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: { ...inputs, digest: "sha256:0" } }),
  call: ({ inputs }) => inputs,
};
const [program, project, stack] = process.argv.slice(2);

void setMocks(mocks, project, stack, true).then(() => {
  process.argv = [
    ...process.argv.slice(0, 2),
    "--monitor=mock",
    `--project=${project}`,
    `--stack=${stack}`,
    program,
  ];
  require("@pulumi/pulumi/cmd/run");
});
