import { join } from "node:path";
import { ReleaseError } from "../release/errors";
import { drillRestore, type RestoreResult } from "../release/drills/restore";
import type { DeclaredStack } from "../release/stack";
import { confirm } from "./confirm";
import type { Drill } from "./drill-failover";
import { CliError, ExitCode } from "./exit";
import type { Output } from "./output";
import { tableLines } from "./table";
import type { Values } from "./values";

/** Restores the newest backup beside the live database, proves it, and removes it again. */
export function restoreDrill(values: Values): Drill {
  const timeoutSeconds = minutes(values["timeout"]) * 60;
  return (stack, cluster, output) => drill(stack, cluster, output, timeoutSeconds, Boolean(values["yes"]));
}

async function drill(
  stack: DeclaredStack,
  cluster: string,
  output: Output,
  timeoutSeconds: number,
  yes: boolean,
): Promise<ExitCode> {
  const { backup } = stack.settings.database;
  if (backup === undefined) {
    throw new ReleaseError(
      "usage",
      `stack ${stack.name} has no backup to restore: ` +
        `pulumi config set --stack ${stack.name} --path database.backup.destination s3://BUCKET/PATH`,
    );
  }
  await confirm(
    `Restore the backup of ${cluster} beside it in stack ${stack.name}, and remove it again?`,
    yes,
    output,
  );
  const result = await drillRestore(
    {
      client: stack.client,
      namespace: stack.settings.kubernetes.namespace,
      cluster,
      rpoSeconds: backup.rpoSeconds ?? RPO_SECONDS,
      timeoutSeconds,
      application: smokeOf(stack),
    },
    output,
  );
  output.result({ stack: stack.name, cluster, ...result }, lines(cluster, result));
  return result.result === "passed" ? ExitCode.Done : ExitCode.Failed;
}

/** What a backup promises without saying so. */
const RPO_SECONDS = 300;

function smokeOf({ directory: project, settings }: DeclaredStack) {
  const { checks, command, directory = "." } = settings.release.smoke;
  return {
    host: settings.application.host ?? "localhost",
    checks,
    ...(command ? { command, directory: join(project, directory) } : {}),
  };
}

function minutes(given: unknown): number {
  const number = Number(given);
  if (Number.isInteger(number) && number > 0) return number;
  throw new CliError(`--timeout takes a whole number of minutes, not ${String(given)}`, ExitCode.Usage);
}

/** The result as people read it. */
export function lines(cluster: string, result: RestoreResult): string[] {
  const { reason, backup, target, tables, rows, checks, rpoSeconds, rtoSeconds, restoreSeconds } = result;
  const proved = rtoSeconds !== undefined;
  return [
    `restore of ${cluster}: ${result.result}${reason === undefined ? "" : `: ${reason}`}`,
    ...tableLines([
      ...row("base backup", backup),
      ...row("recovered to", proved ? target : undefined),
      ...row("last row before, first row after", proved ? "there, absent" : undefined),
      ...row("tables that are equal", proved ? `${tables} with ${rows} rows` : undefined),
      ...row("questions to the application", checks, " answered"),
      ...row("RPO: in the archive after", rpoSeconds, " s"),
      ...row("restored after", restoreSeconds, " s"),
      ...row("RTO: restored and proved after", rtoSeconds, " s"),
    ]),
  ];
}

const row = (name: string, value: string | number | undefined, unit = "") =>
  value === undefined ? [] : [[`  ${name}`, `${value}${unit}`]];
