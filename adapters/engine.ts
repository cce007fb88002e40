import { capture, type Finished, onPath, stream } from "./processes";

/** The oldest engine that the SDK and the flags we use are known to work with. */
export const ENGINE_FLOOR = "3.220.0";
/** What the npm package of the same name downloads when there is no `pulumi` on PATH. */
const ENGINE_PACKAGE = "pulumi@3.265.0";

/** A Pulumi engine for one project folder. */
export interface Engine {
  readonly directory: string;
  /** Where the engine comes from, for people. */
  readonly origin: string;
  readonly command: string;
  readonly prefix: readonly string[];
  /** More variables for all that it runs. */
  readonly env?: Readonly<Record<string, string>>;
}

/** An event of the engine, as far as we read it. */
export interface EngineEvent {
  readonly diagnosticEvent?: {
    readonly urn?: string;
    readonly message: string;
    readonly severity: string;
    /** What is being waited for at the moment. */
    readonly ephemeral?: boolean;
  };
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly resOpFailedEvent?: { readonly metadata: StepMetadata };
  readonly summaryEvent?: {
    readonly resourceChanges: Readonly<Record<string, number>>;
    readonly durationSeconds: number;
  };
}

/** A step on one resource. */
export interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  /** Before the step and after it; secrets are left out. */
  readonly old?: StepState | null;
  readonly new?: StepState | null;
}
/** A resource before a step, or after it. */
export interface StepState {
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** A resource in a stack's state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly protect?: boolean;
  /** Whether the engine forgets it, and leaves it where it is, when it is to delete it. */
  readonly retainOnDelete?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** What its provider complained of when it was made or changed in part. */
  readonly initErrors?: readonly string[];
}

/** A stack's state. */
export interface StackState {
  readonly resources: readonly StateResource[];
  /** What an interrupted run had begun. */
  readonly pending: readonly { readonly type: string; readonly resource: StateResource }[];
}

/** The `pulumi` on PATH, or the npm package's own download. */
export function findEngine(directory: string): Engine {
  return onPath("pulumi")
    ? { directory, origin: "PATH", command: "pulumi", prefix: [] }
    : {
        directory,
        origin: `npm package ${ENGINE_PACKAGE}`,
        command: "npx",
        prefix: ["--yes", ENGINE_PACKAGE],
      };
}

/** Runs a short engine command. */
export function ask(engine: Engine, ...args: string[]): Promise<Finished> {
  return askWith(engine, {}, ...args);
}

/** What a short engine command is given besides its words, which anybody on the machine can read. */
export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a short engine command with more variables, or with something to read. */
export function askWith(engine: Engine, { env, input }: Given, ...args: string[]): Promise<Finished> {
  return capture(engine.command, [...engine.prefix, ...args, "--non-interactive"], {
    cwd: engine.directory,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true", ...engine.env, ...env },
    ...(input === undefined ? {} : { input }),
  });
}

/** Runs a long engine command and hands over its events; gives the exit code. */
export function runWithEvents(
  engine: Engine,
  args: readonly string[],
  onEvent: (event: EngineEvent) => void,
  onText: (line: string) => void,
): Promise<number> {
  return stream(engine.command, [...engine.prefix, ...args, "--json", "--non-interactive"], {
    cwd: engine.directory,
    // Without it a preview comes as one document at its end, other than an update.
    env: { PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true", ...engine.env },
    onLine: (line) => {
      const event = parseEvent(line);
      if (event) onEvent(event);
      else onText(line);
    },
    onErrorLine: onText,
  });
}

function parseEvent(line: string): EngineEvent | undefined {
  try {
    const content: unknown = JSON.parse(line);
    return typeof content === "object" && content !== null ? content : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a stack's state; secret values in it are encrypted. */
export async function readState(engine: Engine, stack: string): Promise<StackState> {
  const { exitCode, stdout, stderr } = await ask(engine, "stack", "export", "--stack", stack);
  if (exitCode !== 0) throw new Error(`the state of stack ${stack} cannot be read: ${stderr}`);
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources?: StateResource[]; pending_operations?: StackState["pending"] };
  };
  return { resources: deployment.resources ?? [], pending: deployment.pending_operations ?? [] };
}

/** The last part of a type: the resource's kind. */
export function kindOf(type: string): string {
  return type.split(":").at(-1) ?? type;
}

/** The last part of a URN: the resource's name in the program. */
export function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
