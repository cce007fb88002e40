import { isFound, type LiveStack } from "./live";
import type { DeploymentRecord } from "./records";

/** Whether what runs is what the ledger says. */
export interface Verdict {
  readonly state:
    | "verified"
    /** Another digest than the last good record's. */
    | "differs"
    /** Pods of several digests at once. */
    | "mixed"
    /** Something runs, and the ledger knows nothing of it. */
    | "outside"
    /** Nothing runs although the ledger says so. */
    | "nothing runs"
    /** The cluster cannot be read. */
    | "unknown"
    | "not deployed";
  /** In words. */
  readonly text: string;
}

/** Compares the pods' own digests with the last good record. */
export function judge(
  web: LiveStack["web"],
  lastGood: DeploymentRecord | undefined,
  records: readonly DeploymentRecord[],
): Verdict {
  if (web === "not reachable") return { state: "unknown", text: "the cluster cannot be read" };
  const digests = isFound(web) ? web.digests : [];
  const [first, ...more] = digests;
  if (first === undefined) return nothingRuns(lastGood);
  if (more.length > 0) {
    const parts = digests.map(({ digest, pods }) => `${nameOf(digest, records)} in ${count(pods)}`);
    return { state: "mixed", text: `${digests.length} images at once: ${parts.join(", ")}` };
  }
  if (lastGood === undefined) {
    return { state: "outside", text: `${short(first.digest)} runs, and was deployed outside of the ledger` };
  }
  if (first.digest === lastGood.digest) {
    return {
      state: "verified",
      text: `${count(first.pods)} ${first.pods === 1 ? "runs" : "run"} the recorded image`,
    };
  }
  return { state: "differs", text: difference(first.digest, lastGood, records) };
}

function nothingRuns(lastGood: DeploymentRecord | undefined): Verdict {
  return lastGood === undefined
    ? { state: "not deployed", text: "nothing was deployed yet" }
    : { state: "nothing runs", text: `nothing runs; the ledger has ${lastGood.version}` };
}

function difference(
  digest: string,
  lastGood: DeploymentRecord,
  records: readonly DeploymentRecord[],
): string {
  const known = records.findLast((record) => record.stack === lastGood.stack && record.digest === digest);
  const told =
    known === undefined
      ? "was deployed outside of the ledger"
      : known.result === "failed"
        ? `is of a ${known.operation} that failed${known.failedStep ? ` at ${known.failedStep}` : ""}`
        : "is an earlier one";
  return `${nameOf(digest, records)} runs and ${told}; the ledger has ${lastGood.version}`;
}

const count = (pods: number) => `${pods} ${pods === 1 ? "pod" : "pods"}`;

/** The first letters of a digest, enough to tell it from others. */
export function short(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}

/** A digest's version where the ledger knows it. */
function nameOf(digest: string, records: readonly DeploymentRecord[]): string {
  return records.find((record) => record.digest === digest)?.version ?? short(digest);
}
