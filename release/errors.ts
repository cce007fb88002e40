/** What kind of failure it is; the command line makes its exit code of it. */
export type FailureKind = "failed" | "usage" | "part missing";

/** A failure that is told to a person: what is wrong, where, and the command that mends it. */
export class ReleaseError extends Error {
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
