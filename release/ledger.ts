import { appendNote, readNotes } from "../adapters/git-notes";
import { ReleaseError } from "./errors";
import type { Progress } from "./progress";
import { type DeploymentRecord, formatRecord, parseRecord } from "./records";
import { inRepository } from "./repository";

/** The git notes that are the ledger: the note of a commit has one record a line. */
export const LEDGER_REF = "refs/notes/stagewright";

/**
 * Reads every record of the project, the oldest first; the remote is asked first. A line that is no record is left out
 * and warned of: nothing may be decided by it.
 */
export async function readLedger(
  directory: string,
  progress: Pick<Progress, "warn">,
): Promise<readonly DeploymentRecord[]> {
  const { notes, folder } = await inRepository(directory, async (repository) => ({
    notes: await readNotes(repository, LEDGER_REF),
    folder: repository.folder,
  }));
  const records = new Map<string, DeploymentRecord>();
  for (const [commit, lines] of notes) {
    for (const line of lines) {
      const record = read(commit, line);
      if (typeof record === "string") progress.warn(brokenLine(commit, line, record));
      // Another project in the repository has stacks of the same name.
      else if (record.folder === folder) records.set(record.id, record);
    }
  }
  return [...records.values()].toSorted(byId);
}

/** Adds a record, here and at the remote. Adding it again changes nothing. */
export async function appendRecord(directory: string, record: DeploymentRecord): Promise<void> {
  const isThere = (lines: readonly string[]) => lines.some((line) => idOf(line) === record.id);
  await inRepository(directory, (repository) => {
    const { folder } = repository;
    const line = formatRecord(folder === undefined ? record : { ...record, folder });
    const read = parseRecord(line);
    if (typeof read === "string") {
      throw new ReleaseError("failed", `this deployment cannot be recorded: ${read}; it was: ${line}`);
    }
    return appendNote(repository, LEDGER_REF, record.commit, line, isThere);
  });
}

function idOf(line: string): string | undefined {
  const record = parseRecord(line);
  return typeof record === "string" ? undefined : record.id;
}

function read(commit: string, line: string): DeploymentRecord | string {
  const record = parseRecord(line);
  if (typeof record === "string" || record.commit === commit) return record;
  return `commit: it is the record of ${record.commit}`;
}

function brokenLine(commit: string, line: string, reason: string): string {
  return (
    `a line of the ledger is no record and does not count (${reason}); commit ${commit}: ${line}\n` +
    `to mend it: git notes --ref ${LEDGER_REF} edit ${commit} && git push origin ${LEDGER_REF}`
  );
}

// Compared as bytes: what sorts by time in one locale must do so in all.
const byId = ({ id: one }: DeploymentRecord, { id: other }: DeploymentRecord) =>
  one < other ? -1 : Number(one > other);

type Records = readonly DeploymentRecord[];

// Every function here takes records as `readLedger` gives them: the oldest first.

const succeededIn = (records: Records, stack: string) =>
  records.filter((record) => record.stack === stack && record.result === "succeeded");

/** What was recorded of a stack last, be it a failure. */
export function latestOf(records: Records, stack: string): DeploymentRecord | undefined {
  return records.findLast((record) => record.stack === stack);
}

/** What a stack took last. */
export function lastGood(records: Records, stack: string): DeploymentRecord | undefined {
  return succeededIn(records, stack).at(-1);
}

/** What a stack goes back to from `beforeDigest`: the newest success of another digest that is not held. */
export function previousGood(
  records: Records,
  stack: string,
  beforeDigest: string,
): DeploymentRecord | undefined {
  return succeededIn(records, stack).findLast(
    ({ digest }) => digest !== beforeDigest && !isHeld(records, digest),
  );
}

/** The version that a commit got when it was first recorded; it keeps that one everywhere. */
export function firstVersion(records: Records, commit: string): string | undefined {
  return records.find((record) => record.commit === commit)?.version;
}

/** Whether a stack was rolled back from this digest, and nobody has deployed it on purpose since. */
export function isHeld(records: Records, digest: string): boolean {
  const hold = records.findLast(({ operation, replaces }) => operation === "rollback" && replaces === digest);
  if (hold === undefined) return false;
  // One that had begun before the rollback ended did not know of it, so it was not made despite it.
  const since = Date.parse(hold.ended);
  return !records.some(
    (record) =>
      record.digest === digest &&
      record.operation !== "rollback" &&
      record.result === "succeeded" &&
      Date.parse(record.began) >= since,
  );
}

/** The newest success of a digest in a stack, whatever the stack took since. */
export function verifiedAt(records: Records, stack: string, digest: string): DeploymentRecord | undefined {
  return succeededIn(records, stack).findLast((record) => record.digest === digest);
}

/**
 * What was verified in `from` and waits for `to`, the oldest first: newer in `from` than what `to` has, never taken by
 * `to`, and not held. Each digest is there once, by its newest success.
 */
export function waitingFor(records: Records, from: string, to: string): readonly DeploymentRecord[] {
  const verified = succeededIn(records, from);
  const taken = new Set(succeededIn(records, to).map(({ digest }) => digest));
  const current = lastGood(records, to)?.digest;
  const since = verified.findIndex(({ digest }) => digest === current);
  return verified
    .slice(since + 1)
    .filter(
      (record) =>
        !taken.has(record.digest) &&
        !isHeld(records, record.digest) &&
        verifiedAt(records, from, record.digest) === record,
    );
}
