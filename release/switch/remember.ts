import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isScalar, parseDocument, stringify } from "yaml";
import { setCommand } from "../../environments/mistakes";
import { readProject } from "../../environments/project";
import { ReleaseError } from "../errors";

/**
 * Writes into a stack's file which database of the pair is written to; everything else in it stays as it stands.
 * Gives the file's name where that changed it.
 */
export function rememberPrimary(directory: string, stack: string, primary: string): string | undefined {
  const name = `Pulumi.${stack}.yaml`;
  const text = readFileSync(join(directory, name), "utf8");
  const path = ["replica", "primary"];
  const key = `${readProject(directory).name}:database`;
  const node = parseDocument(text).getIn(["config", key, ...path], true);
  if (!isScalar(node) || !node.range) {
    const command = setCommand(stack, ["database", ...path], primary);
    throw new ReleaseError("failed", `${name} does not say which database is written to; say so: ${command}`);
  }
  if (node.value === primary) return undefined;
  const [begin, end] = node.range;
  const temporary = join(directory, `.${name}.new`);
  writeFileSync(temporary, text.slice(0, begin) + stringify(primary).trim() + text.slice(end));
  renameSync(temporary, join(directory, name));
  return name;
}
