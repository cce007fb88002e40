/**
 * Runs one command of stagewright: `stagewright 'release --stack test --yes', lock: 'test'`.
 *
 * lock: the stack that no other build may change meanwhile; mayFail: a failure is shown and passed over.
 * Secrets come from the folder's or the job's environment, never from the command; the right to push tags and the
 * ledger comes from the credentials that STAGEWRIGHT_GIT_CREDENTIALS names, where the checkout brings none. Where
 * VAULT_ROLE is named, what has a lock gets a short-lived VAULT_TOKEN for the build's own identity, which the
 * credentials STAGEWRIGHT_VAULT_CREDENTIALS (OpenID Connect id token) make anew for each build.
 */
def call(Map options = [:], String command) {
  // What only looks, such as the analysis of a fork's code, has no business with Vault.
  def identified = options.lock && env.VAULT_ROLE
  def words = "${env.STAGEWRIGHT ?: 'npx --no-install stagewright'} ${command}"
  def called = {
    sh script: identified ? "${vaultLogin()}\n${words}" : words,
      label: "stagewright ${command}",
      returnStatus: options.mayFail ?: false
  }
  def credentials = []
  if (env.STAGEWRIGHT_GIT_CREDENTIALS) {
    credentials << gitUsernamePassword(credentialsId: env.STAGEWRIGHT_GIT_CREDENTIALS)
  }
  if (identified) {
    credentials << string(credentialsId: env.STAGEWRIGHT_VAULT_CREDENTIALS, variable: 'VAULT_ID_TOKEN')
  }
  def entitled = credentials ? { withCredentials(credentials) { called() } } : called
  if (options.lock) {
    // The branches of one project share its stacks.
    def project = env.JOB_NAME.replaceFirst('/[^/]*$', '')
    lock(resource: "${project} ${options.lock}") { entitled() }
  } else {
    entitled()
  }
}

/** Neither token is a program's argument, and the shell, which Jenkins has show each command, shows none from here on. */
private String vaultLogin() {
  '''set +x
VAULT_TOKEN=$(printf '{"role":"%s","jwt":"%s"}' "$VAULT_ROLE" "$VAULT_ID_TOKEN" |
  curl --silent --show-error --fail --retry 3 --data @- "$VAULT_ADDR/v1/auth/${VAULT_AUTH_PATH:-jwt}/login" |
  node --print 'JSON.parse(fs.readFileSync(0, "utf8")).auth.client_token')
[ -n "$VAULT_TOKEN" ]
export VAULT_TOKEN
unset VAULT_ID_TOKEN'''
}
