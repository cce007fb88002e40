/** Where long work tells how far it is. */
export interface Progress {
  /** A step, with details for programs. */
  step(text: string, details?: Readonly<Record<string, unknown>>): void;
  /** Something that a person should know although the work goes on. */
  warn(text: string): void;
}
