import { join } from "node:path";
import { log, RunError } from "@pulumi/pulumi";
import { disconnect, runInPulumiStack, setAllConfig } from "@pulumi/pulumi/runtime";
import { setMocks } from "@pulumi/pulumi/runtime/mocks";
import { setMockOptions } from "@pulumi/pulumi/runtime/settings";
import { readProject } from "../environments/project";
import { type EmbeddedConfiguration, readConfiguration } from "./configuration";
import { answers, markSecrets, RecordingMonitor, type Registration } from "./monitor";

/** Shown where an image's digest is known only once it is built. */
export const BUILT_AT_UP = "<built at up>";

/** What a program registered, and what it gave out. */
export interface EmbeddedRun {
  readonly registrations: readonly Registration[];
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly configuration: EmbeddedConfiguration;
  /** Warnings of the program. */
  readonly warnings: readonly string[];
}

/** Options of {@link runStack}. */
export interface EmbeddedOptions {
  /** Folder of the project; the program must be run from there. */
  readonly directory: string;
  readonly stack: string;
  /** Digest that a build is said to have; tests name one. */
  readonly builtDigest?: string;
  /** Configuration instead of the stack's file. */
  readonly configuration?: EmbeddedConfiguration;
}

/** Runs the project's own program in this process, on the SDK's mock monitor, as a preview. */
export async function runStack(options: EmbeddedOptions): Promise<EmbeddedRun> {
  const project = readProject(options.directory);
  const configuration =
    options.configuration ?? readConfiguration(options.directory, project.name, options.stack);
  const program = require.resolve(join(options.directory, project.main));
  if (program.endsWith(".ts")) loadTypeScript(options.directory);
  const run = await runProgram(
    () => {
      delete require.cache[program];
      return require(program) as Record<string, unknown>;
    },
    {
      project: project.name,
      stack: options.stack,
      configuration,
      ...(options.builtDigest ? { builtDigest: options.builtDigest } : {}),
    },
  );
  return { ...run, configuration };
}

/** Programs are TypeScript; the published command is not, and takes the loader of the project it runs in. */
function loadTypeScript(directory: string): void {
  if (".ts" in require.extensions) return;
  try {
    require(require.resolve("tsx/cjs", { paths: [directory] }));
  } catch {
    throw new RunError(
      "the program is TypeScript, and its loader is not installed: npm install --save-dev tsx",
    );
  }
}

/** Options of {@link runProgram}. */
export interface ProgramOptions {
  readonly project: string;
  readonly stack: string;
  readonly configuration?: EmbeddedConfiguration;
  readonly builtDigest?: string;
}

/** Runs any program function and waits until it registers nothing more. */
export async function runProgram(
  program: () => Record<string, unknown>,
  options: ProgramOptions,
): Promise<Omit<EmbeddedRun, "configuration">> {
  const monitor = new RecordingMonitor(answers(options.builtDigest ?? BUILT_AT_UP));
  // setMocks sets the SDK's feature flags; the monitor that remembers takes its place.
  await setMocks(monitor.mocks, options.project, options.stack, true);
  setMockOptions(monitor, options.project, options.stack, true);
  setAllConfig(options.configuration?.values ?? {}, options.configuration?.secretKeys ?? []);

  const before = pending();
  const warnings: string[] = [];
  const restoreLog = collectWarnings(warnings);
  const failures: unknown[] = [];
  const restoreRejections = collectRejections(failures);
  try {
    await runInPulumiStack(async () => program());
    await settle(monitor, before);
    // What failed leaves promises behind that nothing settles any more: then there is nothing to wait for.
    if (failures.length === 0) await disconnect();
  } catch (error) {
    failures.unshift(error);
    // What else the program began fails now, and not in the midst of whatever runs next.
    await settle(monitor, before);
  } finally {
    restoreRejections();
    restoreLog();
  }
  if (failures.length > 0) throw explain(failures[0]);
  return { registrations: monitor.registrations, outputs: stackOutputs(monitor), warnings };
}

/**
 * Registrations come from promises nobody holds. An engine waits until the program's process has nothing left to
 * do; so does this: until nothing is pending that was not before, and several turns of the loop bring none.
 */
async function settle(monitor: RecordingMonitor, before: Pending): Promise<void> {
  for (let calm = 0, seen = -1; calm < 20; calm++) {
    if (monitor.registrations.length !== seen || hasMore(pending(), before)) calm = 0;
    seen = monitor.registrations.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

type Pending = ReadonlyMap<string, number>;

/** Timers, files, sockets and processes that the process waits for, counted by kind. */
function pending(): Pending {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  counts.delete("Immediate");
  return counts;
}

function hasMore(now: Pending, before: Pending): boolean {
  return [...now].some(([kind, count]) => count > (before.get(kind) ?? 0));
}

/** A throw inside an `apply` surfaces only as an unhandled rejection; without this it would be lost. */
function collectRejections(failures: unknown[]): () => void {
  const others = process.rawListeners("unhandledRejection") as NodeJS.UnhandledRejectionListener[];
  const collect = (reason: unknown) => void failures.push(reason);
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", collect);
  return () => {
    process.off("unhandledRejection", collect);
    for (const other of others) process.on("unhandledRejection", other);
  };
}

function collectWarnings(warnings: string[]): () => void {
  const original = log.warn;
  Object.defineProperty(log, "warn", {
    configurable: true,
    writable: true,
    value: async (message: string) => void warnings.push(message),
  });
  return () => Object.defineProperty(log, "warn", { configurable: true, writable: true, value: original });
}

function explain(failure: unknown): unknown {
  if (failure instanceof Error && /does not support transforms/.test(failure.message)) {
    return new RunError(
      "the program uses Pulumi's transforms, which only a real engine applies: what would be shown here is not " +
        "what is deployed; use: stagewright preview",
    );
  }
  return failure;
}

function stackOutputs(monitor: RecordingMonitor): Record<string, unknown> {
  const stack = [...monitor.getRegisteredResources().values()].find(({ urn }) =>
    urn.includes("::pulumi:pulumi:Stack::"),
  );
  const state = stack?.state as { toJavaScript?: () => Record<string, unknown> } | undefined;
  return markSecrets(state?.toJavaScript?.() ?? {}) as Record<string, unknown>;
}
