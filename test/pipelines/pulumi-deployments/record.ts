// Runs a Pulumi program with mocks, and prints what it registers, in its order: `tsx record.ts PROGRAM CONFIG`. It is
// copied beside the program, whose SDK it must share.
import * as pulumi from "@pulumi/pulumi";

const [program = "", config = "{}"] = process.argv.slice(2);
const registered: { type: string; name: string; inputs: unknown }[] = [];

void pulumi.runtime
  .setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs });
        return { id: name, state: inputs as Record<string, unknown> };
      },
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    "stagewright-deployments",
    "pipelines",
    false,
    "acme",
  )
  .then(async () => {
    pulumi.runtime.setAllConfig(JSON.parse(config) as Record<string, string>);
    await import(program);
    await pulumi.runtime.disconnect();
    process.stdout.write(`${JSON.stringify(registered)}\n`);
  });
