import type { Actor } from "./actor";
import type { Deployed } from "./deploy-image";
import type { RunPlan } from "./run-state";
import type { Progress } from "./progress";
import { createRecordId, type DeploymentRecord } from "./records";

/** One image that is brought to one stack. */
export interface Errand {
  readonly directory: string;
  readonly operation: DeploymentRecord["operation"];
  readonly stack: string;
  readonly environment: string;
  /** The commit that the image belongs to, and its version. */
  readonly commit: string;
  readonly version: string;
  /** Known from the beginning where the image is not built. */
  readonly digest?: string;
  readonly actor: Actor;
  /** Where the route is connected to, when its name does not lead there. */
  readonly address?: string;
  /** The command line that resumes it. */
  readonly command: string;
  readonly progress: Progress;
}

/** What the journal needs to know of an errand. */
export function planOf({ operation, stack, commit, version, digest, actor, command }: Errand): RunPlan {
  return { operation, stack, commit, version, ...actor, command, ...(digest ? { digest } : {}) };
}

/** How an errand ended, as far as it is not known from itself. */
export type Ending =
  | { readonly result: "succeeded"; readonly replaces?: string; readonly reason?: string }
  | {
      readonly result: "failed";
      readonly failedStep: string;
      readonly reason: string;
      readonly replaces?: string;
    };

/** The record of an errand that ended now. */
export function recordOf(
  { operation, stack, environment, commit, version, actor }: Errand,
  began: string,
  { repository, digest }: Pick<Deployed, "repository" | "digest">,
  ending: Ending,
): DeploymentRecord {
  const ended = new Date().toISOString();
  return {
    id: createRecordId(ended),
    operation,
    stack,
    environment,
    commit,
    version,
    digest,
    repository,
    began,
    ended,
    ...actor,
    ...ending,
  };
}
