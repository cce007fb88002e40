/**
 * Runs one command of stagewright: `stagewright 'release --stack test --yes', lock: 'test'`.
 *
 * lock: the stack that no other build may change meanwhile; mayFail: a failure is shown and passed over.
 * Secrets come from the folder's or the job's environment, never from the command; the right to push tags and the
 * ledger comes from the credentials that STAGEWRIGHT_GIT_CREDENTIALS names, where the checkout brings none.
 */
def call(Map options = [:], String command) {
  def called = {
    sh script: "${env.STAGEWRIGHT ?: 'npx --no-install stagewright'} ${command}",
      label: "stagewright ${command}",
      returnStatus: options.mayFail ?: false
  }
  def entitled = !env.STAGEWRIGHT_GIT_CREDENTIALS ? called : {
    withCredentials([gitUsernamePassword(credentialsId: env.STAGEWRIGHT_GIT_CREDENTIALS)]) { called() }
  }
  if (options.lock) {
    // The branches of one project share its stacks.
    def project = env.JOB_NAME.replaceFirst('/[^/]*$', '')
    lock(resource: "${project} ${options.lock}") { entitled() }
  } else {
    entitled()
  }
}
