/** A registry that cannot be asked or refuses, told for a person. */
export class RegistryError extends Error {}

/** The registry that a repository or reference is in. */
export function registryOf(reference: string): string {
  return reference.split("/", 1)[0] ?? reference;
}

const REFUSED = /UNAUTHORIZED|DENIED|\b40[13]\b|credential/i;
const SILENT =
  /connection refused|no such host|timeout|unreachable|connection reset|\bEOF\b|x509|tls:|server gave HTTP/i;

/** What a tool complained of about a reference, with the command that shows it. */
export function registryError(reference: string, stderr: string): RegistryError {
  const reason = lastError(stderr);
  const registry = registryOf(reference);
  const look = `\n  look: crane digest ${reference}`;
  if (SILENT.test(reason)) return new RegistryError(`registry ${registry} does not answer: ${reason}${look}`);
  if (REFUSED.test(reason)) {
    return new RegistryError(`registry ${registry} refuses: ${reason}\n  log in: docker login ${registry}`);
  }
  return new RegistryError(`registry ${registry}: ${reason}${look}`);
}

/** Whether a registry answered, and does not have what it was asked for. */
export function saysAbsent(stderr: string): boolean {
  return /\b(MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND)\b|status code 404\b|: not found$/.test(
    lastError(stderr),
  );
}

/** Before its last word a tool tells of what it tried first, which may have failed for another reason. */
function lastError(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const last = lines.findLast((line) => /^(Error|error)\b/.test(line)) ?? lines.at(-1) ?? "";
  return last.replace(/^(Error|error)( response from registry| from \w+ registry for "[^"]*")?: /, "").trim();
}
