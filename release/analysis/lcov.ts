/** The share of lines that were reached, from 0 to 1, in an lcov report. */
export function lcovShare(report: string): number {
  const sum = (key: string) =>
    [...report.matchAll(new RegExp(`^${key}:(\\d+)$`, "gm"))].reduce(
      (total, [, count]) => total + Number(count),
      0,
    );
  const found = sum("LF");
  return found === 0 ? 1 : sum("LH") / found;
}
