import {
  type Engine,
  type EngineEvent,
  kindOf,
  nameOf,
  runWithEvents,
  type StepState,
} from "../../adapters/engine";
import { ReleaseError } from "../errors";
import { describeDifference, type Difference, differences } from "./difference";
import type { Drift } from "./report";

/** What the engine's providers say of every resource, without changing anything. */
export async function refreshDrift(engine: Engine, stack: string): Promise<Drift[]> {
  const drifts: Drift[] = [];
  const errors: string[] = [];
  const args = ["refresh", "--stack", stack, "--preview-only", "--run-program"];
  const exitCode = await runWithEvents(
    engine,
    args,
    (event) => {
      const { severity, message } = event.diagnosticEvent ?? {};
      if (severity === "error" && message) errors.push(message.trim());
      drifts.push(...driftOf(event));
    },
    (line) => void (line.trim() === "" || errors.push(line)),
  );
  if (exitCode !== 0) {
    const head = `the engine cannot compare stack ${stack} with what is there, nothing was changed`;
    throw new ReleaseError("failed", [head, ...errors].join("\n"));
  }
  return drifts;
}

function driftOf({ resOutputsEvent }: EngineEvent): Drift[] {
  if (resOutputsEvent === undefined) return [];
  const { op, urn, type, old, new: found } = resOutputsEvent.metadata;
  const resource = `${kindOf(type)} ${nameOf(urn)}`;
  if (op === "delete") return [{ resource, kind: "missing", fields: [] }];
  if (op !== "update") return [];
  const fields = changesOf(type, old ?? {}, found ?? {}).map(describeDifference);
  return fields.length > 0 ? [{ resource, kind: "changed", fields }] : [];
}

/**
 * What has changed of what was declared. The provider's own difference is not taken: it may come from the files that
 * are checked out here. Secrets look alike in both.
 */
function changesOf(type: string, old: StepState, found: StepState): Difference[] {
  const changed = differences(old.inputs, found.inputs);
  // An object's outputs hold what the cluster filled in; other providers may read nothing but outputs.
  if (changed.length > 0 || type.startsWith("kubernetes:")) return changed;
  const declared = Object.keys(old.inputs ?? {});
  return declared.flatMap((key) => differences(old.outputs?.[key], found.outputs?.[key], [key]));
}
