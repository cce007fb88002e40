import { ago } from "../../release/moments";
import { isVerified, type StackStatus } from "../../release/status";
import { short } from "../../release/verdict";
import { readOverview } from "../../release/watched";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import { chooseStacks } from "../stacks";
import { tableLines } from "../table";
import type { Values } from "../values";

/** Says which commit runs where, since when, whether it is what was tested, and what is waiting. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const { at, statuses } = await readOverview(process.cwd(), chooseStacks(values, output), output);
  const verified = statuses.every(isVerified);
  output.result({ at: at.toISOString(), verified, stacks: statuses }, [
    ...tableLines([HEADINGS, ...statuses.map((status) => cells(status, at))]),
    ...statuses.flatMap((status) => details(status, at)),
  ]);
  return values["verify"] === true && !verified ? ExitCode.Failed : ExitCode.Done;
}

const HEADINGS = ["STACK", "VERSION", "COMMIT", "DIGEST", "SINCE", "BY", "RUNS", "TESTED"];

function cells({ stack, deployed, since, verdict, tested }: StackStatus, now: Date): string[] {
  const facts = deployed
    ? [
        deployed.version,
        deployed.commit.slice(0, 10),
        short(deployed.digest),
        ago(since ?? deployed.ended, now),
        deployed.by,
      ]
    : ["-", "-", "-", "-", "-"];
  return [stack, ...facts, verdict.state, tested];
}

function details({ stack, verdict, waiting, held, notes }: StackStatus, now: Date): string[] {
  const lines = [
    ...(["verified", "not deployed"].includes(verdict.state) ? [] : [verdict.text]),
    ...notes,
    ...(waiting ? [waitingText(waiting, now)] : []),
    ...held.map(
      ({ digest, version, reason }) => `held: ${version ?? short(digest)}${reason ? ` (${reason})` : ""}`,
    ),
  ];
  return lines.map((line) => `  ${stack}: ${line}`);
}

function waitingText(
  { version, from, since, soaksUntil, held }: NonNullable<StackStatus["waiting"]>,
  now: Date,
): string {
  const state = held ? `, held (${held})` : soaksUntil ? `, may come ${ago(soaksUntil, now)}` : "";
  return `waiting: ${version}, proved in ${from} ${ago(since, now)}${state}`;
}
