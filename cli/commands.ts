import type { ParseArgsConfig } from "node:util";
import type { ExitCode } from "./exit";
import type { Output } from "./output";
import type { Values } from "./values";

/** One command. */
export interface Command {
  readonly summary: string;
  /** Its own options; `--json` and `--help` every command has. */
  readonly options: Readonly<Record<string, Option>>;
  /** What it can do, where that is said by a word of its own: `stagewright COMMAND ACTION`. */
  readonly actions?: Readonly<Record<string, string>>;
  /** Loads the code only when the command is called. */
  readonly load: () => Promise<{ run: (values: Values, output: Output) => Promise<ExitCode> }>;
}

type Option = NonNullable<ParseArgsConfig["options"]>[string] & { readonly help: string };

const stack: Option = { type: "string", short: "s", default: "test", help: "stack (default: test)" };
const yes: Option = { type: "boolean", short: "y", help: "do not ask" };
const branch: Option = { type: "string", help: "branch (default: CI's variable, else git's)" };

/** Every command by name. */
export const commands: Readonly<Record<string, Command>> = {
  render: {
    summary: "show the plan of a stack and write its manifests; needs Node alone",
    options: { stack },
    load: () => import("./commands/render.js"),
  },
  doctor: {
    summary: "say what this machine and cluster have, and how to get what is missing",
    options: { stack },
    load: () => import("./commands/doctor.js"),
  },
  preview: {
    summary: "show what `up` would change",
    options: { stack, branch },
    load: () => import("./commands/preview.js"),
  },
  up: {
    summary: "deploy the current commit to a stack and wait until it serves",
    options: { stack, yes, branch },
    load: () => import("./commands/up.js"),
  },
  destroy: {
    summary: "remove a stack; retained data stays",
    options: {
      stack,
      yes,
      "delete-data": { type: "string", help: "remove retained data too; takes the stack's name" },
    },
    load: () => import("./commands/destroy.js"),
  },
  secrets: {
    summary:
      "say what keeps each stack's secrets and find those that nothing keeps, or change a stack's keeper",
    actions: {
      check: "every stack's provider and variables, and every secret that is not kept; 1 where there is any",
      rotate: "encrypt a stack's secrets anew under another provider, with a backup first",
    },
    options: {
      stack: { type: "string", short: "s", help: "rotate: the stack" },
      to: { type: "string", help: "rotate: passphrase, hashivault://KEY, awskms://…, …" },
      yes,
    },
    load: () => import("./commands/secrets.js"),
  },
  version: {
    summary: "print the version of the current commit",
    options: { branch },
    load: () => import("./commands/version.js"),
  },
};

/** The text of `stagewright --help`. */
export function helpText(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`);
  return [
    "stagewright: one commit becomes a running, database-backed service, the same way in every environment",
    "",
    ...rows,
    "",
    "Every command takes --json and --help. Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 a part is missing.",
  ].join("\n");
}

/** The text of `stagewright COMMAND --help`. */
export function commandHelp(name: string, command: Command): string {
  const options = { ...command.options, json: { type: "boolean", help: "one JSON object a line" } as Option };
  const rows = Object.entries(options).map(([option, { type, short, help }]) => {
    const flag = `${short ? `-${short}, ` : "    "}--${option}${type === "string" ? " VALUE" : ""}`;
    return `  ${flag.padEnd(26)} ${help}`;
  });
  const actions = Object.entries(command.actions ?? {}).map(
    ([action, help]) => `  ${name} ${action}`.padEnd(29) + help,
  );
  const head = [`stagewright ${name}: ${command.summary}`, ""];
  return [...head, ...(actions.length > 0 ? [...actions, ""] : []), ...rows].join("\n");
}
