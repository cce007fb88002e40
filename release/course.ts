import type { Deployed } from "./deploy-image";
import { DeploymentError } from "./deploy";
import { type Errand, planOf, recordOf } from "./errand";
import { ReleaseError } from "./errors";
import { beginRun, type Run } from "./journal";
import { latestOf, readLedger } from "./ledger";
import type { DeploymentRecord } from "./records";
import type { DeclaredStack } from "./stack";

/** An errand under way, with the stack's lock. */
export interface Course {
  readonly errand: Errand;
  /** The stack as it is declared for this image. */
  readonly stack: DeclaredStack;
  /** What the stack took last, to go back to. */
  readonly before: DeploymentRecord | undefined;
  readonly run: Run;
  /** Does a step once, however often the run is resumed, and remembers where it is. */
  readonly step: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/** The stack has gone back by itself, and both deployments are recorded already. */
export class FellBack extends ReleaseError {}

/** How a course is begun. */
export interface Start {
  readonly errand: Errand;
  readonly stack: DeclaredStack;
  readonly before: DeploymentRecord | undefined;
  /** What was recorded of the stack last when the errand was planned. */
  readonly latest: DeploymentRecord | undefined;
  /** Take over a run that was interrupted on another machine. */
  readonly takeOver: boolean;
}

/**
 * Takes the stack's lock and does the work. When it fails, that is recorded where something was changed, and the lock is
 * given back; the same errand then goes on with the step that failed.
 */
export async function course<T>(start: Start, work: (course: Course) => Promise<T>): Promise<T> {
  const { errand, stack, before, takeOver } = start;
  const run = await beginRun(errand.directory, planOf(errand), { takeOver });
  if (run.resumed.length === 0) await guardPlan(start, run);
  let at = "beginning";
  let deployed: Deployed | undefined;
  const step = async <R>(name: string, doIt: () => Promise<R>): Promise<R> => {
    at = name;
    errand.progress.step(run.resumed.includes(name) ? `${name}: was done before` : name, { stage: name });
    const result = await run.step(name, doIt);
    if (name === "deploy") deployed = result as Deployed;
    return result;
  };
  try {
    return await work({ errand, stack, before, run, step });
  } catch (error) {
    if (!(error instanceof FellBack)) await settle({ ...start, run, at, deployed }, error);
    throw error;
  }
}

/** What the errand was planned on was read before it had the lock; another one may have ended in between. */
async function guardPlan({ errand, latest }: Start, run: Run): Promise<void> {
  const { directory, stack, command, progress } = errand;
  const now = latestOf(await readLedger(directory, progress), stack);
  if (now === undefined || now.id === latest?.id) return;
  await run.leave();
  throw new ReleaseError(
    "failed",
    `a ${now.operation} of ${now.version} in stack ${stack} was recorded while this run was planned; nothing was done: ${command}`,
  );
}

/** Records a failure that changed something, and gives the lock back; nothing of it hides the failure itself. */
async function settle(
  failure: Start & { readonly run: Run; readonly at: string; readonly deployed: Deployed | undefined },
  error: unknown,
): Promise<void> {
  const { errand, stack, run, at, deployed, before } = failure;
  const reason = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
  try {
    const image =
      deployed ?? (error instanceof DeploymentError ? imageUnderWay(errand, stack, error) : undefined);
    if (image === undefined) return await run.leave();
    const replaces = before && before.digest !== image.digest ? { replaces: before.digest } : {};
    const ending = { result: "failed", failedStep: at, reason, ...replaces } as const;
    await run.fail(recordOf(errand, run.began, image, ending));
  } catch (second) {
    const message = second instanceof Error ? second.message : String(second);
    errand.progress.warn(`the failure could not be recorded: ${message}`);
  }
}

/** The image of a deployment that failed: the one it was to bring, or the one that was built for it, if it came so far. */
function imageUnderWay(
  { digest }: Errand,
  { settings }: DeclaredStack,
  { built }: DeploymentError,
): Pick<Deployed, "repository" | "digest"> | undefined {
  const brought = digest ?? built;
  return brought === undefined ? undefined : { repository: settings.image.repository, digest: brought };
}
