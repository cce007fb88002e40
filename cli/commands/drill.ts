import { getObjects } from "../../adapters/kubectl";
import { drillFailover, type FailoverResult } from "../../release/drills/failover";
import { type Fault, FAULT_NAMES, faults } from "../../release/drills/faults";
import { ReleaseError } from "../../release/errors";
import { guardContext } from "../../release/prepare";
import { type DeclaredStack, readStack } from "../../release/stack";
import { confirm } from "../confirm";
import { CliError, ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Does to a stack's database what may happen to it, and measures what its application would see. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const chosen = chooseFaults(String(values["fault"]));
  const stack = readStack(process.cwd(), String(values["stack"]));
  guardProd(stack, values["on-prod"]);
  guardContext(stack);
  const [cluster] = await getObjects(
    stack.client,
    "clusters.postgresql.cnpg.io",
    "--namespace",
    stack.settings.kubernetes.namespace,
    "--selector",
    "app.kubernetes.io/managed-by=stagewright",
  );
  if (cluster === undefined) {
    throw new ReleaseError(
      "failed",
      `stack ${stack.name} has no database: stagewright up --stack ${stack.name}`,
    );
  }
  const name = cluster.metadata.name;
  await confirm(`Let the primary of ${name} in stack ${stack.name} fail?`, Boolean(values["yes"]), output);
  const target = {
    client: stack.client,
    namespace: stack.settings.kubernetes.namespace,
    cluster: name,
    clientLabels: { "app.kubernetes.io/name": name.replace(/-db$/, "") },
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

function guardProd({ name, settings }: DeclaredStack, named: Values[string]): void {
  if (settings.definition.name !== "prod" || named === name) return;
  throw new CliError(
    `stack ${name} serves people; if you mean it: stagewright drill failover --stack ${name} --on-prod ${name}`,
    ExitCode.Usage,
  );
}
