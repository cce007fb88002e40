import { appendFileSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { beginRun } from "../../release/journal";
import type { DeploymentRecord } from "../../release/records";
import type { RunPlan } from "../../release/run-state";

/**
 * A process that does runs in stacks of their own, all at once, and writes each step it begins to a file. Each run stops
 * at its place, to be killed there with the process: `begun`, `in STEP`, `after STEP` or `end`.
 */
export interface ChildRuns {
  readonly directory: string;
  readonly steps: readonly string[];
  readonly runs: readonly {
    readonly plan: RunPlan;
    readonly record: DeploymentRecord;
    readonly log: string;
    readonly stopAt: string;
  }[];
}

async function main({ directory, steps, runs }: ChildRuns): Promise<void> {
  let going = runs.length;
  const doRun = async ({ plan, record, log, stopAt }: ChildRuns["runs"][number]) => {
    const place = async (name: string) => {
      if (name !== stopAt) return;
      if (--going === 0) writeSync(1, "stopped\n");
      await delay(60_000);
    };
    const run = await beginRun(directory, plan);
    await place("begun");
    for (const name of steps) {
      await run.step(name, async () => {
        appendFileSync(log, `${name}\n`);
        await place(`in ${name}`);
        return { name };
      });
      await place(`after ${name}`);
    }
    await run.finish(record);
    await place("end");
  };
  await Promise.all(runs.map(doRun));
}

void main(JSON.parse(process.argv[2] ?? "{}") as ChildRuns);
