import { readFileSync } from "node:fs";

/** How bad a finding is, in SARIF's words. */
export type Level = "error" | "warning" | "note";

/** One finding of a linter. */
export interface Finding {
  readonly rule: string;
  readonly level: Level;
  readonly message: string;
  /** Relative to the project. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

interface SarifResult {
  readonly ruleId?: string;
  readonly level?: string;
  readonly message: { readonly text?: string };
  readonly locations?: readonly {
    readonly physicalLocation?: {
      readonly artifactLocation?: { readonly uri?: string };
      readonly region?: { readonly startLine?: number; readonly startColumn?: number };
    };
  }[];
}

/** A SARIF 2.1.0 log, as far as we read it. */
export interface SarifLog {
  readonly version: string;
  readonly runs: readonly { readonly results?: readonly SarifResult[] }[];
}

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** Findings as a SARIF 2.1.0 log. */
export function toSarif(tool: string, informationUri: string, findings: readonly Finding[]): object {
  const rules = [...new Set(findings.map(({ rule }) => rule))].map((id) => ({ id }));
  const results = findings.map(({ rule, level, message, file, line, column }) => ({
    ruleId: rule,
    level,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file) },
          region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) },
        },
      },
    ],
  }));
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [{ tool: { driver: { name: tool, informationUri, rules } }, results }],
  };
}

const LEVELS: readonly string[] = ["error", "warning", "note"];

/** The findings of a SARIF log; a result that says no level is a warning, as the standard has it. */
export function findingsOf(log: SarifLog): Finding[] {
  return log.runs
    .flatMap(({ results = [] }) => results)
    .map(({ ruleId, level, message, locations }) => {
      const place = locations?.[0]?.physicalLocation;
      const column = place?.region?.startColumn;
      return {
        rule: ruleId ?? "unknown",
        level: LEVELS.includes(level ?? "") ? (level as Level) : level === "none" ? "note" : "warning",
        message: message.text ?? "",
        file: decodeURI(place?.artifactLocation?.uri ?? "").replace(/^\.\//, ""),
        line: place?.region?.startLine ?? 1,
        ...(column === undefined ? {} : { column }),
      };
    });
}

/** Reads a SARIF file. */
export function readSarif(file: string): SarifLog {
  return JSON.parse(readFileSync(file, "utf8")) as SarifLog;
}

/** How many findings there are of each level, for people and for the exit code. */
export function count(findings: readonly Finding[]): { errors: number; warnings: number; found: string } {
  const of = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings, notes] = [of("error"), of("warning"), of("note")];
  return { errors, warnings, found: `${errors} errors, ${warnings} warnings, ${notes} notes` };
}
