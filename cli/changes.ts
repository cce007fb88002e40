/** A run's changes as lines for people. */
export function changeLines(verb: string, changes: Readonly<Record<string, number>>): string[] {
  const counted = Object.entries(changes).filter(([op]) => op !== "same");
  const same = changes["same"] ?? 0;
  if (counted.length === 0) return [`${verb}: nothing, ${same} resources are as declared`];
  return [
    `${verb}: ${counted.map(([op, count]) => `${op} ${count}`).join(", ")}; ${same} resources are as declared`,
  ];
}
