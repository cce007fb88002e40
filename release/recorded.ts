import { capture } from "../adapters/processes";
import type { DeploymentRecord } from "./records";

const NOTES = "stagewright";

/** Reads every record of the ledger that this checkout has, oldest first; none where there is no ledger yet. */
export async function readRecorded(directory: string): Promise<DeploymentRecord[]> {
  const git = (args: string[], input?: string) =>
    capture("git", args, { cwd: directory, ...(input === undefined ? {} : { input }) });
  const listed = await git(["notes", "--ref", NOTES, "list"]);
  if (listed.exitCode !== 0 || listed.stdout === "") return [];
  const blobs = listed.stdout.split("\n").map((line) => line.split(" ")[0] ?? "");
  const read = await git(["cat-file", "--batch"], `${blobs.join("\n")}\n`);
  const records = read.stdout.split("\n").flatMap(parse);
  return records.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/** Lines between the notes are git's, and a line that is no record is nobody's business here. */
function parse(line: string): DeploymentRecord[] {
  if (!line.startsWith("{")) return [];
  try {
    const content = JSON.parse(line) as Partial<DeploymentRecord>;
    return content.id && content.digest && content.ended ? [content as DeploymentRecord] : [];
  } catch {
    return [];
  }
}
