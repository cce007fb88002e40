import { ask, type Engine } from "../adapters/engine";
import { describeFinding, diagnose, type Finding } from "./diagnosis";
import { withDatabaseWay } from "./database-way";
import { type EngineRun, runEngine } from "./engine-run";
import { ReleaseError } from "./errors";
import type { Progress } from "./progress";
import { letMakeLogins, planLogins } from "./role-administrator";
import { namespaceRedactor } from "./redaction";
import type { DeclaredStack } from "./stack";

/** What a run changed, and what it gave out. */
export interface Deployment {
  readonly changes: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * Plans what {@link deploy} would change. The providers judge the plan too, the API server's admission included, so
 * that what they refuse is refused before anything is changed.
 */
export async function plan(engine: Engine, stack: DeclaredStack, progress: Progress): Promise<EngineRun> {
  progress.step("planning");
  const redact = await namespaceRedactor(stack.client, stack.settings.kubernetes.namespace);
  const run = await withDatabaseWay(stack, engine, progress, (led) =>
    runEngine(led, ["preview", "--stack", stack.name], progress, redact),
  );
  if (run.exitCode !== 0) {
    const head = `stack ${stack.name} cannot be planned, nothing was changed`;
    throw new ReleaseError("failed", [head, ...run.errors, ...advice(stack.name, run.errors)].join("\n"));
  }
  await planLogins(stack, progress);
  return run;
}

/** Deploys the current commit, as planned before, and waits until it serves. */
export async function deploy(engine: Engine, stack: DeclaredStack, progress: Progress): Promise<Deployment> {
  progress.step("deploying");
  await letMakeLogins(stack, progress);
  const redact = await namespaceRedactor(stack.client, stack.settings.kubernetes.namespace);
  const run = await withDatabaseWay(stack, engine, progress, (led) =>
    runEngine(led, ["up", "--stack", stack.name, "--yes", "--skip-preview"], progress, redact),
  );
  if (run.exitCode !== 0) throw await explainFailure(stack, run);
  return { changes: run.changes, outputs: await readOutputs(engine, stack.name) };
}

async function explainFailure(stack: DeclaredStack, { errors, built }: EngineRun): Promise<DeploymentError> {
  // Read again: what failed may have made Secrets.
  const redact = await namespaceRedactor(stack.client, stack.settings.kubernetes.namespace);
  const findings = await diagnose(stack.client, stack.settings.kubernetes.namespace, redact);
  return new DeploymentError(stack.name, redact ? errors.map(redact) : errors, findings, built);
}

/** What mends an error whose own words do not say it. */
function advice(stack: string, errors: readonly string[]): string[] {
  const known = ADVICE.find(([symptom]) => errors.some((error) => symptom.test(error)));
  return known === undefined ? [] : ["", `${known[1]} --stack ${stack} --yes`];
}

const ADVICE: readonly (readonly [symptom: RegExp, advice: string])[] = [
  [
    /namespaces? "[^"]*" not found|unable to get cluster state/,
    "Something was removed behind the engine's back; let it look again: pulumi refresh",
  ],
  [
    /stack is currently locked by/,
    "Another engine is at work there, or was killed; if nothing is at work there: pulumi cancel",
  ],
];

/** A deployment that did not succeed, with what Kubernetes knows of the reason. */
export class DeploymentError extends ReleaseError {
  readonly findings: readonly Finding[];
  /** Digest of the image that it came to building. */
  readonly built: string | undefined;
  constructor(stack: string, errors: readonly string[], findings: readonly Finding[], built?: string) {
    const cause = findings.flatMap(describeFinding);
    super(
      "failed",
      [
        `stack ${stack} was not deployed`,
        ...errors,
        ...(cause.length > 0 ? ["", "What Kubernetes says:", ...cause] : []),
        ...advice(stack, errors),
      ].join("\n"),
    );
    this.findings = findings;
    this.built = built;
  }
}

async function readOutputs(engine: Engine, stack: string): Promise<Record<string, unknown>> {
  const { stdout } = await ask(engine, "stack", "output", "--stack", stack, "--json");
  return JSON.parse(stdout) as Record<string, unknown>;
}
