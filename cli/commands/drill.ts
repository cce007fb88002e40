import { databaseIn } from "../../release/database-cluster";
import { ReleaseError } from "../../release/errors";
import { guardContext } from "../../release/prepare";
import { type DeclaredStack, readRunningStack } from "../../release/stack";
import { type Drill, failoverDrill } from "../drill-failover";
import { restoreDrill } from "../drill-restore";
import { CliError, ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** The drills by the word that follows the command. */
const drills: Readonly<Record<string, (values: Values) => Drill>> = {
  failover: failoverDrill,
  restore: restoreDrill,
};

/** Does to a stack's database what may happen to it, or restores its backup, and measures it. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const action = String(values["action"]);
  const drill = drills[action]?.(values);
  if (drill === undefined) throw new CliError(`there is no drill ${action}`, ExitCode.Usage);
  const stack = readRunningStack(process.cwd(), String(values["stack"]));
  guardProd(stack, action, values["on-prod"]);
  guardContext(stack);
  return drill(stack, await databaseOf(stack), output);
}

async function databaseOf(stack: DeclaredStack): Promise<string> {
  const cluster = await databaseIn(stack.client, stack.settings.kubernetes.namespace);
  if (cluster !== undefined) return cluster.metadata.name;
  throw new ReleaseError(
    "failed",
    `stack ${stack.name} has no database: stagewright up --stack ${stack.name}`,
  );
}

function guardProd({ name, settings }: DeclaredStack, action: string, named: Values[string]): void {
  if (settings.definition.name !== "prod" || named === name) return;
  throw new CliError(
    `stack ${name} serves people; if you mean it: stagewright drill ${action} --stack ${name} --on-prod ${name}`,
    ExitCode.Usage,
  );
}
