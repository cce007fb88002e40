import { isFound } from "../live";
import { hasPassed } from "../live-drill";
import { isVerified } from "../status";
import { short } from "../verdict";
import type { StackView } from "./stack-card";

/** What a person should look at, by stack; a stack in which all is well is not there. */
export function attention(
  views: readonly StackView[],
): { readonly stack: string; readonly lines: readonly string[] }[] {
  return views
    .map((view) => ({ stack: view.status.stack, lines: linesOf(view) }))
    .filter(({ lines }) => lines.length > 0);
}

function linesOf({ status, live, drift }: StackView): string[] {
  const { database, drill } = live;
  const { verdict, tested, notes, held } = status;
  const found = isFound(database) ? database : undefined;
  const drifted = typeof drift === "object" ? drift.drifts.length : 0;
  return [
    ...(isVerified(status) ? [] : [verdict.text]),
    ...(tested === "no" ? ["its image was never proved upstream"] : []),
    ...held.map(
      ({ version, digest, reason }) =>
        `rolled back from ${version ?? short(digest)}${reason ? `: ${reason}` : ""}`,
    ),
    ...notes,
    ...(found?.healthy === false ? [`the database is not healthy: ${found.phase}`] : []),
    ...(found?.archiving === "no" ? ["the database's log is not archived"] : []),
    ...(found?.lastBackupSucceeded === "no" ? ["the last backup failed"] : []),
    ...(isFound(drill) && !hasPassed(drill) ? [`the last drill: ${drill.result}`] : []),
    ...(drifted > 0 ? [`${drifted} drifted ${drifted === 1 ? "resource" : "resources"}`] : []),
  ];
}
