import {
  type Engine,
  type EngineEvent,
  kindOf,
  nameOf,
  runWithEvents,
  type StepMetadata,
} from "../adapters/engine";
import { guardEngineLogs } from "./engine-logs";
import type { Progress } from "./progress";
import { type Redact, redactedProgress } from "./redaction";

/** How an engine's run ended. */
export interface EngineRun {
  readonly exitCode: number;
  readonly changes: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
  /** What happens, or would happen, to which resource, in the engine's order. */
  readonly steps: readonly PlannedStep[];
  /** Digest of the image that this run built, or found built. */
  readonly built?: string;
}

/** One step on one resource. */
export interface PlannedStep {
  readonly op: string;
  readonly kind: string;
  readonly name: string;
}

/**
 * Runs the engine, tells each step on a resource, and collects what it complains of. The engine hides what it knows to
 * be secret; `redact` hides what only the cluster knows, such as the database's password.
 */
export async function runEngine(
  engine: Engine,
  args: readonly string[],
  progress: Progress,
  redact: Redact = (text) => text,
): Promise<EngineRun> {
  guardEngineLogs();
  const told = redactedProgress(progress, redact);
  let changes: Readonly<Record<string, number>> = {};
  const errors: string[] = [];
  const steps: PlannedStep[] = [];
  let built: string | undefined;
  const onEvent = (event: EngineEvent) => {
    if (event.summaryEvent) changes = event.summaryEvent.resourceChanges;
    const begun = event.resourcePreEvent?.metadata;
    if (begun && counts(begun))
      steps.push({ op: begun.op, kind: kindOf(begun.type), name: nameOf(begun.urn) });
    built = builtBy(event) ?? built;
    tell(event, told, errors);
  };
  const exitCode = await runWithEvents(engine, args, onEvent, (line) => {
    if (line.trim() !== "") errors.push(line);
  });
  return { exitCode, changes, errors: errors.map(redact), steps, ...(built ? { built } : {}) };
}

function builtBy({ resOutputsEvent }: EngineEvent): string | undefined {
  const { type, new: image } = resOutputsEvent?.metadata ?? {};
  const digest = type === "docker-build:index:Image" ? image?.outputs?.["digest"] : undefined;
  return typeof digest === "string" ? digest : undefined;
}

/** What the engine says about plugins it found itself is of no use to anybody. */
const NOISE = /^using pulumi-\S+ from \$PATH|^resource plugin \S+ is expected to have version/;

const counts = ({ op, type }: StepMetadata) => op !== "same" && type !== "pulumi:pulumi:Stack";

function tell(event: EngineEvent, progress: Progress, errors: string[]): void {
  const begun = event.resourcePreEvent?.metadata;
  const done = event.resOutputsEvent?.metadata;
  const failed = event.resOpFailedEvent?.metadata;
  const told = (metadata: StepMetadata, state: string) => {
    if (!counts(metadata)) return;
    const kind = kindOf(metadata.type);
    const name = nameOf(metadata.urn);
    progress.step(`${state} ${kind} ${name}`, { resource: kind, name, op: metadata.op, state });
  };
  if (begun) told(begun, `${begun.op}:`);
  if (done) told(done, `${done.op} done:`);
  if (failed) told(failed, `${failed.op} FAILED:`);
  const diagnostic = event.diagnosticEvent;
  if (diagnostic) tellDiagnostic(diagnostic, progress, errors);
}

function tellDiagnostic(
  { severity, message, ephemeral, urn }: NonNullable<EngineEvent["diagnosticEvent"]>,
  progress: Progress,
  errors: string[],
): void {
  const text = message.trim();
  // What is left, debug, is never told: the SDK writes the values of Secrets there, and the engine knows no base64.
  if (severity === "error") errors.push(text);
  else if (severity === "warning" && !NOISE.test(text)) progress.warn(text);
  else if (severity === "info" && ephemeral && urn && text !== "") progress.step(`  ${nameOf(urn)}: ${text}`);
}
