import { readProject } from "../environments/project";
import { readReleased, type Released } from "../environments/released";
import { ownValues, readStackFile } from "../environments/stack-file";
import { lastGood, readLedger } from "./ledger";
import type { Progress } from "./progress";
import { readRunningStack } from "./stack";

/**
 * The image that a stack keeps when its configuration alone is deployed: what it took last, by the ledger, where it builds
 * none and its file names none. Empty where the file or the environment decides, and where nothing is recorded.
 */
export async function readRecordedImage(
  directory: string,
  name: string,
  progress: Progress,
): Promise<Released> {
  if (readReleased().digest !== undefined || namesDigest(directory, name)) return {};
  const { settings } = readRunningStack(directory, name);
  if (settings.definition.image === "built") return {};
  const recorded = lastGood(await readLedger(directory, progress), name);
  if (recorded === undefined) return {};
  const { digest, commit, version } = recorded;
  progress.step(`keeping ${version}, which stack ${name} took last`);
  return { digest, commit, version };
}

function namesDigest(directory: string, name: string): boolean {
  const file = readStackFile(directory, name);
  const image = file && ownValues(file.config, readProject(directory).name)["image"];
  return typeof image === "object" && image !== null && "digest" in image;
}
