/** True for Pulumi's RunError, told by its own mark so that the SDK need not be loaded to ask. */
export function isRunError(error: unknown): error is Error {
  return error instanceof Error && "__pulumiRunError" in error;
}
