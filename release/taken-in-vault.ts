import type { StackState } from "../adapters/engine";
import { readFromVault } from "../adapters/vault";
import { setCommand } from "../environments/mistakes";
import type { Progress } from "./progress";
import type { DeclaredStack } from "./stack";

const POLICY = "vault:index/policy:Policy";

/**
 * Tells that a stack which has nothing in Vault yet would write over what is there under its name: another project's
 * stack, in another cluster, may be called so. Nothing is refused, as it may have been left by this very stack.
 */
export async function tellTaken(
  { name, settings }: DeclaredStack,
  { resources, pending }: StackState,
  progress: Pick<Progress, "warn">,
): Promise<void> {
  const { vault } = settings.delivery;
  if (vault === undefined) return;
  const held = [...resources, ...pending.map(({ resource }) => resource)];
  if (held.some(({ type }) => type === POLICY)) return;
  const { roleName, folder, kvMount } = vault;
  const answer = await readFromVault(`sys/policies/acl/${roleName}`);
  if (answer?.status !== 200) return;
  const own = `${roleName}-2`;
  progress.warn(
    `Vault has a policy ${roleName} already, and the state of stack ${name} does not hold it; if it is another stack's, ` +
      `this one would write over it, over role and connection of that name, and over ${kvMount}/${folder}:\n` +
      `  vault policy read ${roleName}\n` +
      `  ${setCommand(name, ["vault", "role"], own)}\n` +
      `  ${setCommand(name, ["vault", "folder"], own)}`,
  );
}
