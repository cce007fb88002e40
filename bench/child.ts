import { runInPulumiStack } from "@pulumi/pulumi/runtime";
import { type MockResourceArgs, setMocks } from "@pulumi/pulumi/runtime/mocks";
import type * as Program from "./ours";

/** What one run cost. */
export interface Cost {
  /** CPU seconds of the whole process, loading included. */
  readonly cpu: number;
  /** CPU seconds after the modules were loaded. */
  readonly evaluation: number;
  /** Most memory the process had, in MiB. */
  readonly memory: number;
}

/** A registered object, as the monitor saw it. */
export type Registered = Pick<MockResourceArgs, "type" | "name" | "inputs">;

const [side, applications, task] = process.argv.slice(2);
const registered: Registered[] = [];
const recording = task === "record";

const seconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6;

async function main(): Promise<void> {
  await setMocks({
    newResource: ({ type, name, inputs, custom }) => {
      if (recording && custom) registered.push({ type, name, inputs });
      return { id: `${name}-id`, state: inputs };
    },
    call: ({ inputs }) => inputs,
  });
  const { declare } = require(side === "ours" ? "./ours" : "./raw") as typeof Program;
  const loaded = seconds(process.cpuUsage());
  // The event loop is empty once everything is registered.
  process.once("exit", () => {
    const cpu = seconds(process.cpuUsage());
    const cost = { cpu, evaluation: cpu - loaded, memory: process.resourceUsage().maxRSS / 1024 };
    process.stdout.write(JSON.stringify(recording ? registered : cost));
  });
  await runInPulumiStack(async () => declare(Number(applications)));
}

void main();
