/** Checks the project out with its whole history, which the version and the same sources' digest need, and its tools. */
def call() {
  checkout scmGit(
    branches: scm.branches,
    userRemoteConfigs: scm.userRemoteConfigs,
    extensions: [cloneOption(noTags: false, shallow: false), localBranch()]
  )
  sh 'rm -rf reports'
  // To a release any file that no commit holds is a change; these are the pipeline's own.
  sh 'printf "%s\\n" reports/ > "$(git rev-parse --git-path info/exclude)"'
  sh env.STAGEWRIGHT_INSTALL ?: 'npm ci --ignore-scripts --no-audit --no-fund'
}
