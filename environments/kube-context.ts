import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";

/** The current context of the kubeconfig files that kubectl would read; the first file that names one counts. */
export function currentContext(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const files = (variables["KUBECONFIG"] || join(homedir(), ".kube", "config")).split(delimiter);
  for (const file of files.filter((name) => name !== "" && existsSync(name))) {
    const content = parse(readFileSync(file, "utf8")) as { "current-context"?: string } | null;
    if (content?.["current-context"]) return content["current-context"];
  }
  return undefined;
}
