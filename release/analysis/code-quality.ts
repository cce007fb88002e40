import { createHash } from "node:crypto";
import type { Finding } from "./sarif";

const SEVERITIES = { error: "critical", warning: "major", note: "minor" } as const;

/** Findings as GitLab's code quality report, which merge requests show. */
export function toCodeQuality(findings: readonly Finding[]): object[] {
  const seen = new Map<string, number>();
  return findings.map(({ rule, level, message, file, line }) => {
    // Without the line: a finding that only moved is the same one; its number among equals tells them apart.
    const key = [rule, file, message].join("\0");
    const number = (seen.get(key) ?? 0) + 1;
    seen.set(key, number);
    return {
      description: message,
      check_name: rule,
      fingerprint: createHash("sha256").update(`${key}\0${number}`).digest("hex"),
      severity: SEVERITIES[level],
      location: { path: file, lines: { begin: line } },
    };
  });
}
