/** The value below which a part of sorted values is: 0.5 is the median, 0.95 leaves out the longest twentieth. */
export const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
