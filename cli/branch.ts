import type { Values } from "./commands";

/** Hands `--branch` to the program, which reads the commit itself. */
export function chooseBranch(values: Values): void {
  if (typeof values["branch"] === "string") process.env["STAGEWRIGHT_BRANCH"] = values["branch"];
}
