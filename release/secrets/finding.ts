/** Something that is to be mended, told without any value. */
export interface Finding {
  /** Relative to the project. */
  readonly file: string;
  /** Counted from 1; absent where it is the file as a whole. */
  readonly line?: number;
  readonly what: string;
  /** The command that mends it. */
  readonly command: string;
}
