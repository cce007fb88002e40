import type { Tree } from "./tree";

/** The folder of the reports, below the project. */
export const REPORTS = "reports";

/** A program that an analyser wants and this machine lacks. */
export interface LackingTool {
  readonly tool: string;
  readonly how: string;
}

/** What one analyser found out. */
export interface Outcome {
  /** Mistakes that fail the analysis: failed tests too. */
  readonly errors: number;
  readonly warnings: number;
  /** In words, such as `12 passed, 0 failed`. */
  readonly found: string;
  /** Report files below the project, by what reads them. */
  readonly reports: Reports;
}

/** Report files by what they are. */
export interface Reports {
  readonly sarif?: readonly string[];
  readonly lcov?: readonly string[];
  /** SonarQube's generic formats. */
  readonly coverage?: readonly string[];
  readonly tests?: readonly string[];
  readonly junit?: readonly string[];
}

/** One way to look at a project. */
export interface Analyser {
  readonly name: string;
  /** Whether the checkout holds what it looks at. */
  appliesTo(tree: Tree): boolean;
  /** What it lacks on this machine. */
  lacks(tree: Tree): Promise<LackingTool[]>;
  run(tree: Tree): Promise<Outcome>;
}

/** Thrown by an analyser whose own preparations say that something lacks. */
export class Lacking extends Error {}
