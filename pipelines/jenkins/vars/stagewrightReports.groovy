/** Keeps the reports of a build, and on the main branch the release board; even a failed release is shown. */
def call() {
  if (env.BRANCH_NAME == 'main') {
    // That the board cannot be drawn fails nothing.
    stagewright 'board --out reports/release-board.html', mayFail: true
  }
  junit testResults: 'reports/junit-*.xml', allowEmptyResults: true
  archiveArtifacts artifacts: 'reports/**', allowEmptyArchive: true
}
