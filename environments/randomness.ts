/** Enough kinds of characters that nobody takes it for a word or a name. */
export function isUnguessable(value: string): boolean {
  const digits = /\d/.test(value) && /[A-Za-z]/.test(value);
  const version = /^v?\d+(\.\d+)+\b/.test(value);
  return digits && !version && entropy(value) >= 2.8;
}

/** Random text changes between kinds of characters at every other place; names and paths hardly ever do. */
export function isRandom(run: string): boolean {
  if (run.length > 4096 || !/[a-z].*[a-z]/.test(run) || !/[A-Z].*[A-Z]/.test(run) || !/\d.*\d/.test(run)) {
    return false;
  }
  let changes = 0;
  for (let index = 1; index < run.length; index++) {
    if (kindOf(run.charCodeAt(index)) !== kindOf(run.charCodeAt(index - 1))) changes++;
  }
  return changes / (run.length - 1) >= 0.4 && entropy(run) >= 3.9;
}

function kindOf(code: number): number {
  if (code >= 97) return 0;
  if (code >= 65 && code <= 90) return 1;
  return code >= 48 && code <= 57 ? 2 : 3;
}

/** Bits of information a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / text.length;
    return sum - share * Math.log2(share);
  }, 0);
}
