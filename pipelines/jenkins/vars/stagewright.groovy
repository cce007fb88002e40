/**
 * Runs one command of stagewright: `stagewright 'release --stack test --yes', lock: 'test'`.
 *
 * lock: the stack that no other build may change meanwhile; mayFail: a failure is shown and passed over.
 * Credentials come from the folder's or the job's environment, never from the command.
 */
def call(Map options = [:], String command) {
  def program = env.STAGEWRIGHT ?: 'npx --no-install stagewright'
  def line = "${program} ${command}"
  if (options.lock) {
    lock(resource: "${env.JOB_NAME.tokenize('/').first()}-${options.lock}") {
      sh script: line, label: "stagewright ${command}"
    }
  } else {
    sh script: line, label: "stagewright ${command}", returnStatus: options.mayFail ?: false
  }
}
