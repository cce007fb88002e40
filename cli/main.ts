#!/usr/bin/env node
import { parseArgs } from "node:util";
import { type FailureKind, ReleaseError } from "../release/errors";
import { isRunError } from "./run-error";
import { type Command, commandHelp, commands, helpText } from "./commands";
import { CliError, ExitCode } from "./exit";
import { createOutput, type Output } from "./output";
import type { Values } from "./values";

/** Runs one command line and gives its exit code; nothing is thrown. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  const output = createOutput(argv.includes("--json"));
  try {
    return await dispatch(argv, output);
  } catch (error) {
    return report(error, output);
  }
}

async function dispatch(argv: readonly string[], output: Output): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    output.result({ commands: Object.keys(commands) }, [helpText()]);
    return name === undefined ? ExitCode.Usage : ExitCode.Done;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    throw new CliError(
      `"${name}" is no command; there are ${Object.keys(commands).join(", ")}: stagewright --help`,
      ExitCode.Usage,
    );
  }
  const values = parse(name, command, rest);
  if (values["help"]) {
    output.result({ command: name, summary: command.summary }, [commandHelp(name, command)]);
    return ExitCode.Done;
  }
  const { run } = await command.load();
  return run(values, output);
}

function parse(name: string, command: Command, args: readonly string[]): Values {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([key, { help: _help, ...option }]) => [key, option]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: command.actions !== undefined,
      options: { ...options, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    return values["help"] ? values : { ...values, ...actionOf(command, positionals) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(". ")[0] : String(error);
    throw new CliError(`${reason}: stagewright ${name} --help`, ExitCode.Usage);
  }
}

function actionOf({ actions = {} }: Command, positionals: readonly string[]): Values {
  const known = Object.keys(actions);
  if (known.length === 0) return {};
  const [action = "", ...more] = positionals;
  if (more.length === 0 && known.includes(action)) return { action };
  throw new Error(`it takes one word, ${known.join(" or ")}, not "${positionals.join(" ")}"`);
}

/** People's mistakes are told without a stack trace; programming errors with one. */
function report(error: unknown, output: Output): ExitCode {
  const plain = error instanceof CliError || error instanceof ReleaseError || isRunError(error);
  const code = exitCodeOf(error, plain);
  const message = messageOf(error, plain);
  if (output.json) output.result({ error: message, exitCode: code });
  else process.stderr.write(`${message}\n`);
  return code;
}

const CODES: Readonly<Record<FailureKind, ExitCode>> = {
  failed: ExitCode.Failed,
  usage: ExitCode.Usage,
  "part missing": ExitCode.PartMissing,
};

function exitCodeOf(error: unknown, plain: boolean): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof ReleaseError) return CODES[error.kind];
  return plain ? ExitCode.Usage : ExitCode.Failed;
}

function messageOf(error: unknown, plain: boolean): string {
  if (!(error instanceof Error)) return String(error);
  return plain ? error.message : (error.stack ?? error.message);
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
