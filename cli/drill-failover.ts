import { drillFailover, type FailoverResult } from "../release/drills/failover";
import { type Fault, FAULT_NAMES, faults } from "../release/drills/faults";
import type { DeclaredStack } from "../release/stack";
import { confirm } from "./confirm";
import { CliError, ExitCode } from "./exit";
import type { Output } from "./output";
import type { Values } from "./values";

/** Drills a stack's database, whose name is `cluster`. */
export type Drill = (stack: DeclaredStack, cluster: string, output: Output) => Promise<ExitCode>;

/** Lets the primary fail under write load, and measures what the application would see. */
export function failoverDrill(values: Values): Drill {
  const chosen = chooseFaults(String(values["fault"]));
  return (stack, cluster, output) => drill(stack, cluster, output, chosen, Boolean(values["yes"]));
}

async function drill(
  stack: DeclaredStack,
  cluster: string,
  output: Output,
  chosen: readonly Fault[],
  yes: boolean,
): Promise<ExitCode> {
  const question = `Let the primary of ${cluster} in stack ${stack.name} fail?`;
  await confirm(question, yes, output);
  const target = {
    client: stack.client,
    namespace: stack.settings.kubernetes.namespace,
    cluster,
    clientLabels: { "app.kubernetes.io/name": cluster.replace(/-db$/, "") },
  };
  const results: FailoverResult[] = [];
  for (const fault of chosen) results.push(await drillFailover(target, fault, output));
  output.result({ stack: stack.name, results }, results.map(line));
  return results.every(({ result }) => result === "passed") ? ExitCode.Done : ExitCode.Failed;
}

const line = ({ kind, outageSeconds, lost, acknowledged, primaryAfter }: FailoverResult) =>
  `${FAULT_NAMES[kind].padEnd(32)} ${outageSeconds.toFixed(1).padStart(6)} s without writes, ` +
  `${lost} of ${acknowledged} acknowledged writes lost, primary ${primaryAfter}`;

function chooseFaults(given: string): readonly Fault[] {
  if (given === "all") return faults;
  const fault = faults.find((known) => known === given);
  if (fault !== undefined) return [fault];
  throw new CliError(`--fault takes ${faults.join(", ")} or all, not ${given}`, ExitCode.Usage);
}
