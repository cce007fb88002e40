/** One deployment, as the ledger keeps it. */
export interface DeploymentRecord {
  readonly id: string; // unique, sorts by time: `${ended compact}-${8 hex}`
  readonly operation: "deploy" | "promote" | "rollback";
  readonly stack: string;
  readonly environment: string; // test | int | prod
  readonly commit: string; // full hash of the commit the image belongs to
  readonly version: string; // 20170717.111749-master-1.2.3
  readonly digest: string; // sha256:…
  readonly repository: string; // where this stack pulls it from
  readonly began: string;
  readonly ended: string; // ISO 8601 UTC
  readonly by: string; // person or pipeline user
  readonly pipeline?: string; // URL of the pipeline's run
  readonly result: "succeeded" | "failed";
  readonly failedStep?: string;
  readonly reason?: string;
  readonly replaces?: string; // digest that ran before; for a rollback the bad one
}
