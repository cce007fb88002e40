/** How an image came to be. */
export interface Build {
  /** Full hash of the commit that was built. */
  readonly commit: string;
  /** Where the commit lives, such as `https://git.example.com/team/blog`. */
  readonly source?: string;
  readonly repository: string;
  /** Folder and Dockerfile that were given to BuildKit. */
  readonly context: string;
  readonly dockerfile: string;
  /** Who built it: the CI server, or this program where nobody else did. */
  readonly builder: string;
  /** The pipeline's run. */
  readonly invocation?: string;
}

/** A commit whose `context` and `dockerfile` were given to BuildKit, and the image pushed to `repository`. */
export const BUILD_TYPE = "urn:stagewright:buildkit:v1";

/** A predicate of SLSA provenance, https://slsa.dev/spec/v1.0/provenance. */
export interface Provenance {
  readonly buildDefinition: {
    readonly buildType: string;
    readonly externalParameters: Readonly<Record<string, string>>;
    readonly internalParameters: Readonly<Record<string, never>>;
    readonly resolvedDependencies: readonly {
      readonly uri: string;
      readonly digest: { readonly gitCommit: string };
    }[];
  };
  readonly runDetails: {
    readonly builder: { readonly id: string };
    readonly metadata?: { readonly invocationId: string };
  };
}

/** The provenance of an image that was built from a commit. */
export function provenanceOf(build: Build): Provenance {
  const { commit, source, repository, context, dockerfile, builder, invocation } = build;
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { repository, context, dockerfile },
      internalParameters: {},
      resolvedDependencies: [
        { uri: source === undefined ? "git:" : `git+${source}@${commit}`, digest: { gitCommit: commit } },
      ],
    },
    runDetails: {
      builder: { id: builder },
      ...(invocation === undefined ? {} : { metadata: { invocationId: invocation } }),
    },
  };
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Who builds here and in which run, as GitLab, Jenkins and GitHub say it in their variables. */
export function builderOf(variables: Variables): Pick<Build, "builder" | "invocation"> {
  const {
    CI_SERVER_URL,
    CI_JOB_URL,
    JENKINS_URL,
    BUILD_URL,
    GITHUB_SERVER_URL,
    GITHUB_REPOSITORY,
    GITHUB_RUN_ID,
  } = variables;
  if (CI_SERVER_URL && CI_JOB_URL) return { builder: CI_SERVER_URL, invocation: CI_JOB_URL };
  if (JENKINS_URL && BUILD_URL) return { builder: JENKINS_URL, invocation: BUILD_URL };
  if (GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_RUN_ID) {
    const invocation = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
    return { builder: GITHUB_SERVER_URL, invocation };
  }
  return { builder: "urn:stagewright:this-machine" };
}
