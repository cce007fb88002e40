import { assertSameObjects, type Cost, evaluate, type Side } from "./evaluation";
import { compare, type Figure, type Row, table } from "./figures";
import { OBJECTS_PER_APPLICATION } from "./ours";
import { missingForPromotion, type Tool, withPromotion } from "./promotion";
import { type Loader, withStart } from "./start";

const SIZES = [20, 200, 2000];
const ALTERNATIONS = 5;
const GOALS = { cpu: 1.1, memory: 1.05, start: 0.2, promotion: { ratio: 2, seconds: 1 } };

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

/** Promotion against the mere copy, and what a second one sends against the first. */
async function promotionRows(): Promise<Row[]> {
  const missing = missingForPromotion();
  if (missing.length > 0) {
    progress(missing.map(({ part, how }) => `not run: promotion (${part} missing: ${how})`).join("\n"));
    return [];
  }
  const metric = "promotion: time with referrers and verification";
  const tools: [Tool, Tool] = ["ours", "crane copy"];
  return withPromotion(async ({ copy, copyAgain }) => {
    const [ours, reference] = await inTurn(metric, tools, copy);
    const again = await copyAgain();
    const { seconds, ratio } = GOALS.promotion;
    // What is added to a multiple of the reference is worth more of it the faster that is.
    const goal = ratio + seconds / Math.min(...reference);
    return [
      compare(metric, "s", ours, reference, Number(goal.toPrecision(3))),
      compare("promotion: sent again / at first", "blobs", [again.second], [again.first], 0),
    ];
  });
}

async function measure(rows: Row[]): Promise<void> {
  progress("comparing the objects that both programs register");
  await assertSameObjects(2);
  for (const objects of SIZES) rows.push(...(await evaluationRows(objects)));
  rows.push(await startRow("start-up: cpu, types checked by the reference", false, GOALS.start));
  rows.push(await startRow("start-up: cpu, both cached, nothing checked", true));
  rows.push(...(await promotionRows()));
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
