const numbers = (text: string) => (/\d+(\.\d+)*/.exec(text)?.[0] ?? "0").split(".").map(Number);

/** Compares dotted versions number by number. */
export function atLeastVersion(found: string, floor: string): boolean {
  const [have, need] = [numbers(found), numbers(floor)];
  for (const [index, least] of need.entries()) {
    const part = have[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
