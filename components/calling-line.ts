import { findSourceMap } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

type Place = readonly [file: string, line: number, column: number];

/** The innermost line that is neither this package's nor another one's, such as `index.ts:12:3`. */
export function callingLine(): string | undefined {
  const sites = stackOf((_error, raw) => raw) as NodeJS.CallSite[];
  const index = sites.findIndex((site) => isProgram(fileOf(site)));
  const site = sites[index];
  if (site === undefined) return undefined;
  const [file, line, column] = mapped(site) ?? written(index) ?? raw(site);
  return `${relative(process.cwd(), file)}:${line}:${column}`;
}

type Format = (error: Error, sites: NodeJS.CallSite[]) => unknown;
const stacks = Error as unknown as { stackTraceLimit: number; prepareStackTrace: Format | undefined };

/** The stack as a formatter makes it; programs are started without stack traces, as people's mistakes need none. */
function stackOf(format = stacks.prepareStackTrace): unknown {
  const { stackTraceLimit, prepareStackTrace } = stacks;
  const here: { stack?: unknown } = {};
  Object.assign(stacks, { stackTraceLimit: 40, prepareStackTrace: format });
  Error.captureStackTrace(here, callingLine);
  // Read while the formatter is in place: it is asked only then.
  const { stack } = here;
  Object.assign(stacks, { stackTraceLimit, prepareStackTrace });
  return stack;
}

const fileOf = (site: NodeJS.CallSite) => pathOf(site.getFileName() ?? "");
const pathOf = (file: string) => (file.startsWith("file://") ? fileURLToPath(file) : file);

function isProgram(file: string): boolean {
  return /^(\/|[A-Z]:\\)/.test(file) && !file.startsWith(__dirname) && !/[\\/]node_modules[\\/]/.test(file);
}

function raw(site: NodeJS.CallSite): Place {
  return [fileOf(site), site.getLineNumber() ?? 0, site.getColumnNumber() ?? 0];
}

/** Where a loader such as tsx kept a source map. */
function mapped(site: NodeJS.CallSite): Place | undefined {
  const [file, line, column] = raw(site);
  const entry = findSourceMap(site.getFileName() ?? file)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !("originalSource" in entry)) return undefined;
  return [pathOf(entry.originalSource), entry.originalLine + 1, entry.originalColumn + 1];
}

/** Where a loader such as ts-node writes the stack itself. */
function written(index: number): Place | undefined {
  const frames = String(stackOf())
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  const [, file, line, column] =
    /(?:\(|at )((?:file:\/\/)?(?:\/|[A-Z]:\\)[^()]+):(\d+):(\d+)\)?$/.exec(frames[index] ?? "") ?? [];
  return file === undefined ? undefined : [pathOf(file), Number(line), Number(column)];
}
