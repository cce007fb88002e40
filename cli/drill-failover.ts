import { drillFailover, type FailoverResult } from "../release/drills/failover";
import { FAULT_NAMES, faults, type InstanceFault } from "../release/drills/faults";
import { type NodeCommands, nodeToCut } from "../release/drills/node";
import { guardUnlocked } from "../release/guard-release";
import type { DeclaredStack } from "../release/stack";
import { confirm } from "./confirm";
import { CliError, ExitCode } from "./exit";
import type { Output } from "./output";
import type { Values } from "./values";

/** Drills a stack's database, whose name is `cluster`. */
export type Drill = (stack: DeclaredStack, cluster: string, output: Output) => Promise<ExitCode>;

/** What was asked for and cannot be done here. */
interface NotRun {
  readonly kind: "node";
  readonly why: string;
}

interface Wanted {
  readonly faults: readonly InstanceFault[];
  readonly node?: NodeCommands | NotRun;
}

/** Lets the primary fail under write load, and measures what the application would see. */
export function failoverDrill(values: Values): Drill {
  const wanted = choose(values);
  return (stack, cluster, output) => drill(stack, cluster, output, wanted, Boolean(values["yes"]));
}

async function drill(
  stack: DeclaredStack,
  cluster: string,
  output: Output,
  wanted: Wanted,
  yes: boolean,
): Promise<ExitCode> {
  const cutting = wanted.node && "down" in wanted.node;
  const question =
    `Let the primary of ${cluster} in stack ${stack.name} fail` +
    (cutting ? ", and cut its node off with all that runs there?" : "?");
  await confirm(question, yes, output);
  await guardUnlocked(stack.directory, stack.name, output);
  const target = {
    client: stack.client,
    namespace: stack.settings.kubernetes.namespace,
    cluster,
    clientLabels: { "app.kubernetes.io/name": cluster.replace(/-db$/, "") },
  };
  const results: FailoverResult[] = [];
  for (const kind of wanted.faults) results.push(await drillFailover(target, { kind }, output));
  const last = wanted.node && ("why" in wanted.node ? wanted.node : await cut(wanted.node));
  const notRun = last && "why" in last ? [last] : [];
  if (last && "result" in last) results.push(last);
  output.result({ stack: stack.name, results, notRun }, [...results.map(line), ...notRun.map(notRunLine)]);
  if (results.some(({ result }) => result === "failed")) return ExitCode.Failed;
  return cutting && notRun.length > 0 ? ExitCode.PartMissing : ExitCode.Done;

  async function cut(commands: NodeCommands): Promise<FailoverResult | NotRun> {
    const found = await nodeToCut(target);
    if ("problem" in found) return { kind: "node", why: found.problem };
    return drillFailover(target, { kind: "node", ...found, ...commands }, output);
  }
}

const line = ({ kind, outageSeconds, lost, acknowledged, primaryAfter }: FailoverResult) =>
  `${FAULT_NAMES[kind].padEnd(32)} ${outageSeconds.toFixed(1).padStart(6)} s without writes, ` +
  `${lost} of ${acknowledged} acknowledged writes lost, primary ${primaryAfter}`;

const notRunLine = ({ kind, why }: NotRun) => `${FAULT_NAMES[kind].padEnd(32)} not run: ${why}`;

const NODE_OPTIONS =
  "--node-down and --node-up, commands that cut the node $NODE off and join it again, " +
  "such as --node-down 'docker pause $NODE' --node-up 'docker unpause $NODE'";

function choose(values: Values): Wanted {
  const given = String(values["fault"]);
  const fault = faults.find((known) => known === given);
  if (fault === undefined && given !== "node" && given !== "all") {
    throw new CliError(`--fault takes ${faults.join(", ")}, node or all, not ${given}`, ExitCode.Usage);
  }
  const [down, up] = [values["node-down"], values["node-up"]].map((command) => String(command ?? ""));
  const node = down && up ? { down, up } : undefined;
  if (fault !== undefined) {
    if (down || up) throw new CliError(`--fault ${fault} cuts no node off; node or all does`, ExitCode.Usage);
    return { faults: [fault] };
  }
  if (node !== undefined) return { faults: given === "all" ? faults : [], node };
  if (given === "all" && !down && !up) {
    return { faults, node: { kind: "node", why: `it takes ${NODE_OPTIONS}` } };
  }
  throw new CliError(`a node that cannot be reached takes ${NODE_OPTIONS}`, ExitCode.Usage);
}
