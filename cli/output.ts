/** Where a command speaks: to a person in lines, or to a program in one JSON object a line. */
export interface Output {
  readonly json: boolean;
  /** A line for people only. */
  line(text?: string): void;
  /** A step of long work, with the time since the command began. */
  step(text: string, details?: Readonly<Record<string, unknown>>): void;
  /** Something that a person should know although the work goes on. */
  warn(text: string): void;
  /** What the command found out; `lines` is its form for people. */
  result(value: Readonly<Record<string, unknown>>, lines?: readonly string[]): void;
}

const write = (text: string) => void process.stdout.write(`${text}\n`);

const event = (value: object) => write(JSON.stringify(value));

/** Speaks to standard output; warnings for people go to standard error. */
export function createOutput(json: boolean): Output {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 100) / 10;
  return {
    json,
    line: (text = "") => (json ? undefined : write(text)),
    step: (text, details = {}) =>
      json
        ? event({ event: "step", seconds: seconds(), text, ...details })
        : write(`[${seconds().toFixed(1)} s] ${text}`),
    warn: (text) =>
      json ? event({ event: "warning", text }) : void process.stderr.write(`warning: ${text}\n`),
    result: (value, lines = []) => (json ? event({ event: "result", ...value }) : write(lines.join("\n"))),
  };
}
