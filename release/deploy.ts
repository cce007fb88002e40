import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  ask,
  type Engine,
  type EngineEvent,
  findEngine,
  nameOf,
  readState,
  runWithEvents,
  type StackState,
} from "../adapters/engine";
import type { Kubectl } from "../adapters/kubectl";
import { capture } from "../adapters/processes";
import { checkGrowth } from "../environments/growth";
import { currentContext } from "../environments/kube-context";
import { describeFinding, diagnose, type Finding } from "./diagnosis";
import { examine } from "./doctor";
import { ReleaseError } from "./errors";
import type { Progress } from "./progress";
import { recover } from "./recover";
import { type DeclaredStack, mistaken } from "./stack";

/** What a run changed, and what it gave out. */
export interface Deployment {
  readonly changes: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Makes sure, before anything is changed, that this stack can be deployed from here. */
export async function prepare(stack: DeclaredStack, progress: Progress): Promise<Engine> {
  progress.step("checking what is there");
  const checks = await examine(stack.directory, stack.settings, stack.secretsProvider);
  const missing = checks.filter(({ ok }) => !ok);
  if (missing.length > 0) {
    const lines = missing.map(({ part, found, command }) => `  ${part}: ${found}\n    ${command}`);
    throw new ReleaseError("part missing", ["a part is missing:", ...lines].join("\n"));
  }
  guardContext(stack);
  await checkTypes(stack.directory);
  const engine = findEngine(stack.directory);
  await selectStack(engine, stack);
  const state = await readState(engine, stack.name);
  guardGrowth(stack, state);
  return engine;
}

/** Deploys the current commit and waits until it serves. */
export async function deploy(stack: DeclaredStack, progress: Progress): Promise<Deployment> {
  const engine = await prepare(stack, progress);
  await recover(engine, stack, progress);
  const run = await runEngine(engine, ["up", "--stack", stack.name, "--yes", "--skip-preview"], progress);
  if (run.exitCode !== 0) throw await explainFailure(stack, run.errors);
  return { changes: run.changes, outputs: await readOutputs(engine, stack.name) };
}

/** kubectl for the cluster that a stack belongs to. */
export function clientOf(stack: DeclaredStack): Kubectl {
  const { context } = stack.settings.kubernetes;
  return context === undefined ? {} : { context };
}

/** A stack belongs to one cluster: with another one in front of the person, nothing is changed. */
export function guardContext(stack: DeclaredStack): void {
  const wanted = stack.settings.kubernetes.context;
  const current = currentContext();
  if (wanted === undefined || wanted === current) return;
  throw new ReleaseError(
    "usage",
    `stack ${stack.name} belongs to the cluster of context ${wanted}, and the current context is ` +
      `${current ?? "not set"}; change to it: kubectl config use-context ${wanted}`,
  );
}

/** The loader that runs the program checks no types, so the compiler does it first where a project has one. */
async function checkTypes(directory: string): Promise<void> {
  const compiler = join(directory, "node_modules", ".bin", "tsc");
  if (!existsSync(compiler) || !existsSync(join(directory, "tsconfig.json"))) return;
  const { exitCode, stdout } = await capture(compiler, ["--noEmit"], { cwd: directory });
  if (exitCode !== 0) throw new ReleaseError("usage", `the program has type errors:\n${stdout}`);
}

async function selectStack(engine: Engine, stack: DeclaredStack): Promise<void> {
  const listed = await ask(engine, "stack", "ls", "--json");
  if (listed.exitCode !== 0) {
    throw new ReleaseError("part missing", `the state backend does not answer: ${listed.stderr.trim()}`);
  }
  const stacks = JSON.parse(listed.stdout) as { name: string }[];
  if (stacks.some(({ name }) => name === stack.name || name.endsWith(`/${stack.name}`))) return;
  const made = await ask(
    engine,
    "stack",
    "init",
    stack.name,
    "--no-select",
    "--secrets-provider",
    stack.secretsProvider,
  );
  if (made.exitCode !== 0)
    throw new ReleaseError("failed", `stack ${stack.name} cannot be made: ${made.stderr.trim()}`);
}

function guardGrowth(stack: DeclaredStack, state: StackState): void {
  const live = state.resources.find(({ type }) => type === "kubernetes:postgresql.cnpg.io/v1:Cluster");
  const spec = live?.inputs?.["spec"] as
    | { storage: { size: string }; walStorage: { size: string } }
    | undefined;
  if (spec === undefined) return;
  const mistakes = checkGrowth(
    stack.name,
    { storage: spec.storage.size, walStorage: spec.walStorage.size },
    stack.settings.database,
  );
  if (mistakes.length > 0) throw mistaken(stack.name, mistakes);
}

/** How an engine's run ended. */
export interface EngineRun {
  readonly exitCode: number;
  readonly changes: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
}

/** Runs the engine, tells each step on a resource, and collects what it complains of. */
export async function runEngine(
  engine: Engine,
  args: readonly string[],
  progress: Progress,
): Promise<EngineRun> {
  let changes: Readonly<Record<string, number>> = {};
  const errors: string[] = [];
  const onEvent = (event: EngineEvent) => {
    if (event.summaryEvent) changes = event.summaryEvent.resourceChanges;
    tell(event, progress, errors);
  };
  const exitCode = await runWithEvents(engine, args, onEvent, (line) => {
    if (line.trim() !== "") errors.push(line);
  });
  return { exitCode, changes, errors };
}

/** What the engine says about plugins it found itself is of no use to anybody. */
const NOISE = /^using pulumi-\S+ from \$PATH|^resource plugin \S+ is expected to have version/;

function tell(event: EngineEvent, progress: Progress, errors: string[]): void {
  const begun = event.resourcePreEvent?.metadata;
  const done = event.resOutputsEvent?.metadata;
  const failed = event.resOpFailedEvent?.metadata;
  const told = (metadata: { op: string; urn: string; type: string }, state: string) => {
    if (metadata.op === "same" || metadata.type === "pulumi:pulumi:Stack") return;
    const kind = metadata.type.split(":").at(-1) ?? metadata.type;
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
  if (severity === "error") errors.push(text);
  else if (severity === "warning" && !NOISE.test(text)) progress.warn(text);
  else if (severity === "info" && ephemeral && urn && text !== "") progress.step(`  ${nameOf(urn)}: ${text}`);
}

async function explainFailure(stack: DeclaredStack, errors: readonly string[]): Promise<DeploymentError> {
  const findings = await diagnose(clientOf(stack), stack.settings.kubernetes.namespace);
  return new DeploymentError(stack.name, errors, findings);
}

/** A deployment that did not succeed, with what Kubernetes knows of the reason. */
export class DeploymentError extends ReleaseError {
  readonly findings: readonly Finding[];
  constructor(stack: string, errors: readonly string[], findings: readonly Finding[]) {
    const cause = findings.flatMap(describeFinding);
    super(
      "failed",
      [
        `stack ${stack} was not deployed`,
        ...errors,
        ...(cause.length > 0 ? ["", "What Kubernetes says:", ...cause] : []),
        ...(errors.some((error) => /namespaces ".*" not found/.test(error))
          ? [
              "",
              `Something was removed behind the engine's back; let it look again: pulumi refresh --stack ${stack} --yes`,
            ]
          : []),
      ].join("\n"),
    );
    this.findings = findings;
  }
}

async function readOutputs(engine: Engine, stack: string): Promise<Record<string, unknown>> {
  const { stdout } = await ask(engine, "stack", "output", "--stack", stack, "--json");
  return JSON.parse(stdout) as Record<string, unknown>;
}
