import { ReleaseError } from "./errors";
import { isFound, type Reading, readLastDrill } from "./live";
import { type DrillLive, hasPassed } from "./live-drill";
import type { DeclaredStack } from "./stack";

/**
 * Lets an image come to a stack only while it is proved that the stack's database can be restored: its migrations are
 * about to change it. Nothing is asked where the stack sets no age.
 *
 * @throws ReleaseError that says what is missing, and the command that brings it.
 */
export async function passDrill(stack: DeclaredStack): Promise<void> {
  const maxAgeHours = stack.settings.drill?.maxAgeHours;
  if (maxAgeHours === undefined) return;
  const problem = drillProblem(await readLastDrill(stack), maxAgeHours, new Date());
  if (problem === undefined) return;
  const { name, settings } = stack;
  const onProd = settings.definition.name === "prod" ? ` --on-prod ${name}` : "";
  throw new ReleaseError(
    "failed",
    `nothing may come to stack ${name}, as it is not proved that its database can be restored ` +
      `(database.drill.maxAgeHours): ${problem}\nprove it: stagewright drill restore --stack ${name}${onProd}`,
  );
}

/** Why the last drill proves nothing; `undefined` when it does. */
export function drillProblem(drill: Reading<DrillLive>, maxAgeHours: number, now: Date): string | undefined {
  if (!isFound(drill)) {
    return drill === "none"
      ? "no restore drill has left a result"
      : "the result of the last drill cannot be read";
  }
  if (!hasPassed(drill)) {
    return `the last drill, of ${drill.ended}, ${drill.result}${drill.reason === undefined ? "" : `: ${drill.reason}`}`;
  }
  const hours = (now.getTime() - Date.parse(drill.ended)) / 3_600_000;
  if (hours <= maxAgeHours) return undefined;
  return `the last drill, of ${drill.ended}, is ${hours.toFixed(1)} hours old, more than ${maxAgeHours}`;
}
