/** A system that runs pipelines. */
export const CiSystem = {
  /** GitLab CI, by its `id_tokens`. */
  GitLab: "gitlab",
  /** Jenkins, by its plugin OpenID Connect Provider. */
  Jenkins: "jenkins",
} as const;
/** A system that runs pipelines. */
export type CiSystem = (typeof CiSystem)[keyof typeof CiSystem];

/** How project and branch are compared. */
export const ClaimMatching = {
  /** As they stand. */
  Exact: "exact",
  /** `*` stands for any text, slashes included. */
  Glob: "glob",
} as const;
/** How project and branch are compared. */
export type ClaimMatching = (typeof ClaimMatching)[keyof typeof ClaimMatching];

/** Which pipelines get which rights, for how long. */
export interface CiRole {
  /** Full path of the project: GitLab's `group/project`, or the folders and the multibranch project of Jenkins. */
  readonly project: string;
  /** Branch that the pipeline runs for. */
  readonly branch: string;
  /**
   * Protected environment that the job deploys to; GitLab alone tells it. It keeps a job for TEST from PROD's role.
   *
   * @default - any, or none
   */
  readonly environment?: string;
  /**
   * Whether the branch must be a protected one; GitLab alone tells it.
   *
   * @default true
   */
  readonly protectedBranch?: boolean;
  /**
   * Whether `*` in project and branch stands for any text. A project's first group must be named even then.
   *
   * @default "exact"
   */
  readonly matching?: ClaimMatching;
  /** Names of the policies that a token gets, besides Vault's `default`; not those of `VaultAccess`, which only read. */
  readonly policies: string[];
  /**
   * Seconds that a token lasts, 3600 at most.
   *
   * @default 900
   */
  readonly tokenTtlSeconds?: number;
}
