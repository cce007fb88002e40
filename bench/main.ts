import { assertSameObjects, type Cost, evaluate, type Side } from "./evaluation";
import { compare, type Figure, type Row, table } from "./figures";
import { OBJECTS_PER_APPLICATION } from "./ours";
import { type Loader, withStart } from "./start";

const SIZES = [20, 200, 2000];
const ALTERNATIONS = 5;
const GOALS = { cpu: 1.1, memory: 1.05, start: 0.2 };

const progress = (text: string) => process.stderr.write(`${text}\n`);

/** Runs A and B in turn, one round first to warm up, and gives what each round brought. */
async function inTurn<S, T>(what: string, [a, b]: [S, S], run: (side: S) => Promise<T>): Promise<[T[], T[]]> {
  const results: [T[], T[]] = [[], []];
  for (let round = 0; round <= ALTERNATIONS; round++) {
    progress(`${what}: ${round === 0 ? "warm-up" : `${round} of ${ALTERNATIONS}`}`);
    const [ours, reference] = [await run(a), await run(b)];
    if (round === 0) continue;
    results[0].push(ours);
    results[1].push(reference);
  }
  return results;
}

async function evaluationRows(objects: number): Promise<Row[]> {
  const sides: [Side, Side] = ["ours", "raw"];
  const [ours, reference] = await inTurn(`evaluation, ${objects} objects`, sides, (side) =>
    evaluate(side, objects / OBJECTS_PER_APPLICATION),
  );
  const row = (metric: string, unit: Figure["unit"], pick: (cost: Cost) => number, goal: number) =>
    compare(`${metric}, ${objects} objects`, unit, ours.map(pick), reference.map(pick), goal);
  return [
    row("evaluation: cpu", "s", ({ cpu }) => cpu, GOALS.cpu),
    row("evaluation: cpu without loading", "s", ({ evaluation }) => evaluation, GOALS.cpu),
    row("evaluation: peak memory", "MiB", ({ memory }) => memory, GOALS.memory),
  ];
}

async function startRow(metric: string, cached: boolean, goal?: number): Promise<Row> {
  const loaders: [Loader, Loader] = ["ours", "ts-node"];
  const [ours, reference] = await withStart(cached, (start) => inTurn(metric, loaders, start));
  return compare(metric, "s", ours, reference, goal);
}

async function measure(rows: Row[]): Promise<void> {
  progress("comparing the objects that both programs register");
  await assertSameObjects(2);
  for (const objects of SIZES) rows.push(...(await evaluationRows(objects)));
  rows.push(await startRow("start-up: cpu, types checked by the reference", false, GOALS.start));
  rows.push(await startRow("start-up: cpu, both cached, nothing checked", true));
}

function print(rows: readonly Row[]): void {
  if (!process.argv.includes("--json")) return void process.stdout.write(`${table(rows)}\n`);
  for (const { metric, ours, reference, ratio, unit } of rows) {
    process.stdout.write(`${JSON.stringify({ metric, ours, reference, ratio, unit })}\n`);
  }
}

async function main(): Promise<void> {
  const rows: Row[] = [];
  try {
    await measure(rows);
  } finally {
    // What was measured before something failed is still worth reading.
    print(rows);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
