/** Exit codes, documented in the README. */
export const ExitCode = {
  Done: 0,
  Failed: 1,
  /** Wrong words on the command line, or mistakes in the configuration. */
  Usage: 2,
  /** Something this machine or cluster lacks. */
  PartMissing: 3,
} as const;
/** Exit codes, documented in the README. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A failure that is told to a person without a stack trace. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = ExitCode.Failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
