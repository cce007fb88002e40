import type { ParseArgsConfig } from "node:util";
import type { ExitCode } from "./exit";
import type { Output } from "./output";
import type { Values } from "./values";

/** One command. */
export interface Command {
  readonly summary: string;
  /** Its own options; `--json` and `--help` every command has. */
  readonly options: Readonly<Record<string, Option>>;
  /** Words of which one must follow the command, each with what it does; it comes as the value `action`. */
  readonly actions?: Readonly<Record<string, string>>;
  /** Loads the code only when the command is called. */
  readonly load: () => Promise<{ run: (values: Values, output: Output) => Promise<ExitCode> }>;
}

type Option = NonNullable<ParseArgsConfig["options"]>[string] & { readonly help: string };

const stack: Option = { type: "string", short: "s", default: "test", help: "stack (default: test)" };
const stacks: Option = {
  type: "string",
  help: "stacks, with commas between (default: all that have a file)",
};
const yes: Option = { type: "boolean", short: "y", help: "do not ask" };
const address: Option = {
  type: "string",
  help: "connect there while asking for the route's host (default: STAGEWRIGHT_ROUTE_ADDRESS)",
};
const takeOver: Option = {
  type: "boolean",
  help: "go on with a run that was interrupted on another machine",
};
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
    options: {
      stack,
      branch,
      comment: { type: "boolean", help: "write it to reports/preview.md, and to GitLab's merge request" },
    },
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
  sign: {
    summary: "sign the image that a stack runs, and attach its SBOM and provenance",
    options: {
      stack,
      key: {
        type: "string",
        help: "key: a file (password in COSIGN_PASSWORD), or a URI such as hashivault://…",
      },
      identity: { type: "string", help: "without a key: who signs" },
      issuer: { type: "string", help: "without a key: who vouches for the identity" },
    },
    load: () => import("./commands/sign.js"),
  },
  smoke: {
    summary: "check the real route of a stack, and run the tests that its application ships",
    options: { stack, address, branch },
    load: () => import("./commands/smoke.js"),
  },
  review: {
    summary: "give a branch a stack of its own, and take it away",
    actions: {
      up: "deploy a branch to a stack of its own",
      down: "destroy a branch's stack, with its data",
      list: "say which branches have one",
      prune: "destroy those of branches that the remote has merged, or no longer has",
    },
    options: { yes, branch },
    load: () => import("./commands/review.js"),
  },
  analyse: {
    summary: "run tests and linters, and write the reports that SonarQube, GitLab and Jenkins read",
    options: { "allow-missing": { type: "boolean", help: "a missing analyser is no failure" } },
    load: () => import("./commands/analyse.js"),
  },
  release: {
    summary: "bring the current commit to the stack that builds images, through every stage",
    options: { stack, yes, branch, address, "take-over": takeOver },
    load: () => import("./commands/release.js"),
  },
  promote: {
    summary: "bring the image that a stack proved to the next one, by digest",
    options: {
      from: { type: "string", help: "stack that proved it (default: release.from of the other)" },
      to: { type: "string", help: "stack that is to take it" },
      yes,
      address,
      "take-over": takeOver,
      "despite-hold": { type: "boolean", help: "although a stack was rolled back from it" },
    },
    load: () => import("./commands/promote.js"),
  },
  rollback: {
    summary: "take a stack back to its last good image, and hold the one that it leaves",
    options: {
      stack,
      yes,
      address,
      "take-over": takeOver,
      version: { type: "string", help: "version to go back to (default: the last good one)" },
      reason: { type: "string", help: "why, for the record" },
    },
    load: () => import("./commands/rollback.js"),
  },
  deploy: {
    summary: "stage of a release: build and deploy the current commit",
    options: { stack, yes, branch, "take-over": takeOver },
    load: () => import("./commands/deploy.js"),
  },
  "tag-image": {
    summary: "stage of a release: sign what was proved, and tag it with its version and the stack",
    options: { stack, branch, "take-over": takeOver },
    load: () => import("./commands/tag-image.js"),
  },
  "tag-git": {
    summary: "stage of a release: tag the commit of what was proved, and record the deployment",
    options: { stack, branch, "take-over": takeOver },
    load: () => import("./commands/tag-git.js"),
  },
  unlock: {
    summary: "give up what an interrupted run has left, so that another one can begin",
    options: {
      stack,
      yes,
      force: { type: "boolean", help: "even where its process is alive on this machine" },
    },
    load: () => import("./commands/unlock.js"),
  },
  status: {
    summary: "say which commit runs where, since when, whether it was tested, and what is waiting",
    options: {
      stacks,
      verify: { type: "boolean", help: "fail when something runs that the ledger does not say" },
    },
    load: () => import("./commands/status.js"),
  },
  board: {
    summary: "write the release board, one page of HTML",
    options: {
      stacks,
      out: { type: "string", default: "release-board.html", help: "file (default: release-board.html)" },
      drift: { type: "boolean", help: "look for drift too; asks the engine for each stack" },
    },
    load: () => import("./commands/board.js"),
  },
  drift: {
    summary: "say what has changed behind the engine's back; changes nothing",
    options: { stack },
    load: () => import("./commands/drift.js"),
  },
  drill: {
    summary: "do to the database what may happen and measure it, or restore its backup and prove it",
    actions: {
      failover:
        "under write load: switch over, delete the primary's pod, kill its PostgreSQL, cut its node off",
      restore: "restore the newest backup beside the database, prove it by SQL and by the application",
    },
    options: {
      stack,
      yes,
      fault: {
        type: "string",
        default: "all",
        help: "failover: switchover, delete, kill, node or all (default: all)",
      },
      "node-down": { type: "string", help: "failover: shell command that cuts the node $NODE off" },
      "node-up": { type: "string", help: "failover: shell command that joins the node $NODE again" },
      timeout: {
        type: "string",
        default: "60",
        help: "restore: minutes that it may take (default: 60)",
      },
      "on-prod": { type: "string", help: "needed in environment prod; takes the stack's name" },
    },
    load: () => import("./commands/drill.js"),
  },
  "switch-primary": {
    summary: "make the other one of two databases the one that is written to, without losing a write",
    options: {
      from: { type: "string", help: "stack whose database is written to, and is to follow" },
      to: { type: "string", help: "stack whose database follows, and is to be written to" },
      yes,
    },
    load: () => import("./commands/switch-primary.js"),
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
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`);
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
