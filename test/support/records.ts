import { createRecordId, type DeploymentRecord } from "../../release/records";

/** A digest that is told from others by one letter. */
export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** A successful deployment of digest `a` to test, but for what is said. */
export function makeRecord(changes: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const ended = changes.ended ?? "2026-07-01T10:00:00.000Z";
  return {
    id: createRecordId(ended),
    operation: "deploy",
    stack: "test",
    environment: "test",
    commit: "c".repeat(40),
    version: "20170717.111749-master-1.2.3",
    digest: digestOf("a"),
    repository: "registry.example.com/blog",
    began: ended,
    ended,
    by: "ann",
    result: "succeeded",
    ...changes,
  };
}
