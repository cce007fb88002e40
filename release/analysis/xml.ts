const NAMED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** What XML 1.0 can hold; not colour codes, for example. */
const ALLOWED = /[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** Text for an attribute or an element; what XML cannot hold is left out. */
export function escapeXml(text: string): string {
  return [...text]
    .filter((character) => ALLOWED.test(character))
    .join("")
    .replaceAll(/[&<>"]/g, (character) => NAMED[character] ?? "")
    .replaceAll(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** One element with its attributes, and children that are XML already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | boolean>>,
  children: readonly string[] = [],
): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  const head = `<${name}${words.join("")}`;
  return children.length === 0 ? `${head}/>` : `${head}>\n${children.join("\n")}\n</${name}>`;
}

/** A whole document. */
export function document(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}
