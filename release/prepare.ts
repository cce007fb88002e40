import { existsSync } from "node:fs";
import { join } from "node:path";
import { ask, type Engine, findEngine, readState, type StackState } from "../adapters/engine";
import { capture } from "../adapters/processes";
import { checkGrowth } from "../environments/growth";
import { contextProblem } from "../environments/kube-context";
import { examine } from "./doctor";
import { ReleaseError } from "./errors";
import { guardHome } from "./guard-home";
import { guardNeighbours } from "./neighbours";
import type { Progress } from "./progress";
import { recover } from "./recover";
import { type DeclaredStack, mistaken } from "./stack";
import { tellTaken } from "./taken-in-vault";
import { settleUnwritten } from "./unwritten";
import { guardPair } from "./switch/guard-pair";

/**
 * Makes sure, before anything is changed, that this stack can be deployed from here, and settles what an interrupted
 * run has left.
 */
export async function prepare(stack: DeclaredStack, progress: Progress): Promise<Engine> {
  progress.step("checking what is there");
  const checks = await examine(stack);
  const missing = checks.filter(({ ok }) => !ok);
  if (missing.length > 0) {
    const lines = missing.map(({ part, found, command }) => `  ${part}: ${found}\n    ${command}`);
    throw new ReleaseError("part missing", ["a part is missing:", ...lines].join("\n"));
  }
  guardContext(stack);
  guardNeighbours(stack);
  await guardPair(stack);
  await checkTypes(stack.directory);
  const engine = findEngine(stack.directory);
  await selectStack(engine, stack);
  const state = await readState(engine, stack.name);
  await guardHome(stack, state);
  await tellTaken(stack, state, progress);
  guardGrowth(stack, state);
  // A refresh, as recovery makes one, would take what was not written for written.
  await settleUnwritten(engine, stack.name, state, progress);
  await recover(engine, stack, state, progress);
  return engine;
}

/** A stack belongs to one cluster: with another one in front of the person, nothing is changed. */
export function guardContext(stack: DeclaredStack): void {
  const problem = contextProblem(stack.name, stack.settings.kubernetes.context);
  if (problem !== undefined) throw new ReleaseError("usage", problem);
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
