import type { DeploymentRecord } from "../../release/records";
import { digestOf } from "./records";

let count = 0;

/** A record in which only what matters is said; `at` is minutes after noon of one day. */
export function record(
  at: number,
  stack: string,
  letter: string,
  more: Partial<DeploymentRecord> = {},
): DeploymentRecord {
  const ended = new Date(Date.parse("2026-11-24T12:00:00Z") + at * 60_000).toISOString();
  const began = new Date(Date.parse(ended) - 60_000).toISOString();
  return {
    id: `${ended.replace(/[-:.]/g, "")}-${String(count++).padStart(8, "0")}`,
    operation: stack === "test" ? "deploy" : "promote",
    stack,
    environment: stack,
    commit: letter.repeat(40),
    version: `20261124.1200${letter.charCodeAt(0) % 60}-master-1.0.0`,
    digest: digestOf(letter),
    repository: "registry.example.com/blog",
    began,
    ended,
    by: "ada",
    result: "succeeded",
    ...more,
  };
}
