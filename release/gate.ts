import { ReleaseError } from "./errors";
import { isHeld } from "./ledger";
import type { DeploymentRecord } from "./records";

/** What is asked of the gate. */
export interface Passage {
  /** The stack that must have proved the image. */
  readonly from: string;
  readonly to: string;
  /** The commit that is checked out: what is promoted is deployed by the program of its own commit. */
  readonly commit: string;
  /** Minutes that the image must have run in `from`. */
  readonly soakMinutes: number;
  /** Let an image pass that was rolled back before. */
  readonly despiteHold: boolean;
}

/**
 * The deployment in the stack before that lets an image pass: it succeeded there, smoke tests included, has run there
 * long enough, and was not rolled back anywhere since.
 *
 * @throws ReleaseError that says why it may not pass, and what may.
 */
export function pass(
  records: readonly DeploymentRecord[],
  passage: Passage,
  now = new Date(),
): DeploymentRecord {
  const candidate = records.findLast(
    ({ stack, commit }) => stack === passage.from && commit === passage.commit,
  );
  if (candidate?.result !== "succeeded") throw unproved(records, candidate, passage);
  if (isHeld(records, candidate.digest) && !passage.despiteHold) throw held(records, candidate, passage);
  const left = passage.soakMinutes - (now.getTime() - Date.parse(candidate.ended)) / 60_000;
  if (left > 0) {
    throw refused(
      `${candidate.version} has to run in stack ${passage.from} for ${passage.soakMinutes} minutes before it may go ` +
        `to ${passage.to}; ${Math.ceil(left)} are left, as it was proved at ${candidate.ended}`,
    );
  }
  return candidate;
}

function unproved(
  records: readonly DeploymentRecord[],
  failed: DeploymentRecord | undefined,
  { from, to, commit }: Passage,
): ReleaseError {
  const why = failed
    ? `it failed there at ${failed.failedStep ?? "an unknown step"} on ${failed.ended}: ${failed.reason ?? "no reason was recorded"}`
    : `stack ${from} has no record of it`;
  const proved = records.filter(({ stack, result }) => stack === from && result === "succeeded");
  const newest = [...new Map(proved.map((record) => [record.commit, record])).values()]
    .slice(-3)
    .toReversed();
  return refused(
    [
      `commit ${commit.slice(0, 12)} may not go to ${to}: ${why}`,
      ...(newest.length > 0
        ? [
            `proved in ${from}, newest first:`,
            ...newest.map((record) => `  ${record.version}: git checkout ${record.commit}`),
          ]
        : [`nothing was proved in ${from} yet: stagewright release --stack ${from}`]),
    ].join("\n"),
  );
}

function held(
  records: readonly DeploymentRecord[],
  { version, digest }: DeploymentRecord,
  { from, to }: Passage,
): ReleaseError {
  const rollback = records.findLast(
    ({ operation, replaces }) => operation === "rollback" && replaces === digest,
  );
  const reason = rollback?.reason ? ` (${rollback.reason})` : "";
  return refused(
    `${version} is held: stack ${rollback?.stack} was rolled back from it on ${rollback?.ended} by ` +
      `${rollback?.by}${reason}; promote another commit, or, if it is meant: ` +
      `stagewright promote --from ${from} --to ${to} --despite-hold`,
  );
}

const refused = (message: string) => new ReleaseError("failed", message);
