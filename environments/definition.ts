import type { DeletionPolicy, Resources, SpreadPolicy } from "../components";

/** A range of whole numbers with a default. */
export interface Range {
  readonly least: number;
  readonly most: number;
  readonly usual: number;
}

/** Plain sizes, so that they can be merged and compared. */
export type Sizes = { readonly [K in keyof Resources]: string };

/** What an environment is, and how far a stack may depart from it. */
export interface EnvironmentDefinition {
  readonly name: "test" | "int" | "prod";
  /** Whether the image is built here, or must have been built and proved by an earlier stage. */
  readonly image: "built" | "promoted";
  readonly database: {
    readonly instances: Range;
    readonly version: string;
    /** Default and least size of the volumes. */
    readonly storage: { readonly usual: string; readonly least: string };
    readonly walStorage: { readonly usual: string; readonly least: string };
    readonly spread: SpreadPolicy;
    readonly deletion: { readonly usual: DeletionPolicy; readonly allowed: readonly DeletionPolicy[] };
    readonly resources: Sizes;
  };
  readonly application: { readonly replicas: Range; readonly resources: Sizes };
  readonly release: {
    /** The stack that proves images for this environment; none where they are built. */
    readonly from?: string;
    readonly soakMinutes: number;
    readonly signatureRequired: boolean;
    readonly rollback: "automatic" | "manual";
  };
  /** What must be true before anything is changed. */
  readonly guards: {
    /** The stack must name its cluster. */
    readonly contextRequired: boolean;
    /** The sources must be exactly those of a commit. */
    readonly cleanTreeRequired: boolean;
    /** There must be a way in. */
    readonly routeRequired: boolean;
    /** Say at every run that nothing is backed up. */
    readonly backupExpected: boolean;
  };
}
