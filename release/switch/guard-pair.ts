import { setCommand } from "../../environments/mistakes";
import { ReleaseError } from "../errors";
import type { DeclaredStack } from "../stack";
import { findMember } from "./member";

/**
 * Refuses to deploy a stack whose file names another database as the one that is written to than the database itself
 * does: only a switch may change that.
 */
export async function guardPair({ name, client, settings }: DeclaredStack): Promise<void> {
  const { replica } = settings.database;
  if (replica === undefined) return;
  const { namespace } = settings.kubernetes;
  const live = await findMember({ stack: name, client, namespace, self: replica.self });
  if (live === undefined) return;
  const switching = "stagewright switch-primary --from STACK --to STACK";
  if (live.begun !== undefined) {
    throw new ReleaseError(
      "failed",
      `the database of stack ${name} is being switched to ${live.begun.to}, since ${live.begun.since}; ` +
        `first finish that: ${switching}`,
    );
  }
  if (live.primary === replica.primary) return;
  const command = setCommand(name, ["database", "replica", "primary"], live.primary);
  throw new ReleaseError(
    "usage",
    `Pulumi.${name}.yaml says that ${replica.primary} is written to, and the database says ${live.primary}; ` +
      `if it was switched: ${command}\nto switch it: ${switching}`,
  );
}
