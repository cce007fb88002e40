/** Line numbers of places in a text. */
export class TextLines {
  readonly #text: string;
  readonly #starts: number[] = [0];
  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }
  /** The line that a place is on, counted from 1. */
  at(index: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }
  /** A line without its end. */
  text(line: number): string {
    const end = this.#starts[line];
    return this.#text.slice(this.#starts[line - 1] ?? 0, end === undefined ? undefined : end - 1);
  }
}
