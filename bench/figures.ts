/** One comparison, as `--json` prints it. */
export interface Figure {
  readonly metric: string;
  readonly ours: number;
  readonly reference: number;
  readonly ratio: number;
  readonly unit: "s" | "MiB" | "blobs";
}

/** A comparison with what people want to know beside it. */
export interface Row extends Figure {
  /** Highest ratio that is wanted; none where the figure only explains another. */
  readonly goal?: number;
  /** Least and most of both sides. */
  readonly spread: string;
}

/** Compares the medians of both sides. */
export function compare(
  metric: string,
  unit: Figure["unit"],
  ours: readonly number[],
  reference: readonly number[],
  goal?: number,
): Row {
  const [a, b] = [median(ours), median(reference)];
  return {
    metric,
    ours: round(a),
    reference: round(b),
    ratio: round(a / b),
    unit,
    spread: `${spread(ours)} / ${spread(reference)}`,
    ...(goal === undefined ? {} : { goal }),
  };
}

/** A table for people, goals beside. */
export function table(rows: readonly Row[]): string {
  const lines = [["metric", "ours", "reference", "ratio", "goal", "least–most of both"], ...rows.map(cells)];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const format = (line: string[]) =>
    line.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join("  ");
  return lines.map((line) => format(line).trimEnd()).join("\n");
}

function cells({ metric, unit, ours, reference, ratio, goal, spread }: Row): string[] {
  const verdict = goal === undefined ? "" : `at most ${goal}: ${ratio <= goal ? "met" : "missed"}`;
  return [metric, `${ours} ${unit}`, `${reference} ${unit}`, String(ratio), verdict, spread];
}

const round = (value: number) => Number(value.toPrecision(4));

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}

function spread(values: readonly number[]): string {
  return `${Math.min(...values).toPrecision(3)}–${Math.max(...values).toPrecision(3)}`;
}
