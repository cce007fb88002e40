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

/** Why a stack of context `wanted` must not be changed from here; `undefined` when nothing stands against it. */
export function contextProblem(stack: string, wanted: string | undefined): string | undefined {
  const current = currentContext();
  if (wanted === undefined || wanted === current) return undefined;
  return (
    `stack ${stack} belongs to the cluster of context ${wanted}, and the current context is ` +
    `${current ?? "not set"}; change to it: kubectl config use-context ${wanted}`
  );
}
