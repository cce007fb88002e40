/** Text that is HTML already. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in {@link html}; nothing at all for `undefined`. */
export type Value = string | number | undefined | Markup | readonly (Markup | undefined)[];

/** HTML with every value escaped that is not HTML already. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.reduce((text, part, index) => text + toText(values[index - 1]) + part));
}

function toText(value: Value): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  return typeof value === "object" ? value.map(toText).join("") : escape(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters, and those that turn the direction of what stands beside them. */
const INVISIBLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Text that can stand in an element or an attribute, and says nothing but what is seen. */
export function escape(text: string): string {
  return text.replace(INVISIBLE, "\ufffd").replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
}
