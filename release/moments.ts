/** How long ago a moment was, in the largest unit that says enough: `3 h ago`. */
export function ago(moment: string, now: Date): string {
  const seconds = Math.round((now.getTime() - Date.parse(moment)) / 1000);
  if (seconds < 0) return `in ${span(-seconds)}`;
  return seconds < 60 ? "just now" : `${span(seconds)} ago`;
}

/** A span of seconds in one unit, never more than it is. */
export function span(seconds: number): string {
  const units: [number, string][] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
  ];
  const [length, unit] = units.find(([length]) => seconds >= (length === 60 ? 60 : 2 * length)) ?? [1, "s"];
  return `${Math.floor(seconds / length)} ${unit}`;
}

/** A moment in UTC as people write it: `2026-11-24 19:12 UTC`. */
export function absolute(moment: string): string {
  return `${new Date(moment).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
