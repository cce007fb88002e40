import type { Registration } from "./monitor";
import { purposeOf } from "./purposes";

/** A resource with what belongs to it. */
export interface Node {
  readonly type: string;
  readonly name: string;
  readonly purpose: string;
  readonly protect: boolean;
  readonly children: readonly Node[];
}

/** Registrations as trees, in the order of the program. */
export function toTrees(registrations: readonly Registration[], parent = ""): Node[] {
  return registrations
    .filter((registration) => registration.parent === parent)
    .map(({ type, name, urn, protect }) => ({
      type,
      name,
      protect,
      purpose: purposeOf(type),
      children: toTrees(registrations, urn),
    }));
}

/** The tree as lines: kind and name at the left, what it is for at the right. */
export function drawTree(nodes: readonly Node[]): string[] {
  const rows = nodes.flatMap((node) => rowsOf(node, "", ""));
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`.trimEnd());
}

function rowsOf(node: Node, lead: string, follow: string): (readonly [string, string])[] {
  const kind = node.type.split(":").at(-1) ?? node.type;
  const right = [node.purpose, node.protect ? "[protected]" : ""].filter(Boolean).join(" ");
  const below = node.children.flatMap((inner, index) => {
    const last = index === node.children.length - 1;
    return rowsOf(inner, `${follow}${last ? "└─ " : "├─ "}`, `${follow}${last ? "   " : "│  "}`);
  });
  return [[`${lead}${kind} ${node.name}`, right] as const, ...below];
}
