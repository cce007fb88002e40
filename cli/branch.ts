import type { Values } from "./values";

/** Hands `--branch` to the program, which reads the commit itself. */
export function chooseBranch(values: Values): void {
  if (typeof values["branch"] === "string") process.env["STAGEWRIGHT_BRANCH"] = values["branch"];
}
