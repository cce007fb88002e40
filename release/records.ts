import { randomBytes } from "node:crypto";
import { z } from "zod";

/** One deployment, as the ledger keeps it. */
export interface DeploymentRecord {
  /** Unique, and sorts by time. */
  readonly id: string;
  readonly operation: "deploy" | "promote" | "rollback";
  readonly stack: string;
  /** test, int or prod. */
  readonly environment: string;
  /** Full hash of the commit that the image belongs to. */
  readonly commit: string;
  /** Such as `20170717.111749-master-1.2.3`. */
  readonly version: string;
  /** Such as `sha256:…`. */
  readonly digest: string;
  /** Where this stack pulls the image from. */
  readonly repository: string;
  /** Where in the repository the project is, such as `apps/shop`; absent in its root. */
  readonly folder?: string;
  /** ISO 8601, UTC. */
  readonly began: string;
  readonly ended: string;
  /** Person or pipeline user. */
  readonly by: string;
  /** URL of the pipeline's run. */
  readonly pipeline?: string;
  readonly result: "succeeded" | "failed";
  readonly failedStep?: string;
  readonly reason?: string;
  /** Digest that ran before; for a rollback the bad one. */
  readonly replaces?: string;
}

const text = z.string().min(1);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
// Fields that a later version of this program adds are let through.
const shape = z.looseObject({
  id: z.string().regex(/^\d{8}T\d{9}Z-[0-9a-f]{8}$/),
  operation: z.enum(["deploy", "promote", "rollback"]),
  stack: text,
  environment: text,
  commit: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
  version: text,
  digest,
  repository: text,
  folder: text.optional(),
  began: z.iso.datetime(),
  ended: z.iso.datetime(),
  by: text,
  pipeline: text.optional(),
  result: z.enum(["succeeded", "failed"]),
  failedStep: text.optional(),
  reason: z.string().optional(),
  replaces: digest.optional(),
});

/** A record of its own for a deployment that ended at `ended`. */
export function createRecordId(ended: string | Date): string {
  const compact = new Date(ended).toISOString().replace(/[-:.]/g, "");
  return `${compact}-${randomBytes(4).toString("hex")}`;
}

/** A record as one line. */
export function formatRecord(record: DeploymentRecord): string {
  return JSON.stringify(record);
}

/** Reads a line; a broken one gives the reason as text. */
export function parseRecord(line: string): DeploymentRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "it is no JSON";
  }
  const { success, error } = shape.safeParse(value);
  // The shape has been checked just now; its optional fields are never written as `undefined`.
  if (success) return value as DeploymentRecord;
  return error.issues.map(({ path, message }) => `${path.join(".") || "record"}: ${message}`).join("; ");
}
