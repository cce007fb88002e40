import { shellWord } from "../../environments/mistakes";
import { contextProblem } from "../../environments/kube-context";
import { ReleaseError } from "../../release/errors";
import { guardUnlocked } from "../../release/guard-release";
import { type DeclaredStack, readRunningStack } from "../../release/stack";
import type { Place } from "../../release/switch/member";
import { rememberPrimary } from "../../release/switch/remember";
import { endSwitch, type Switched, switchPrimary } from "../../release/switch/switch-primary";
import { confirm } from "../confirm";
import { CliError, ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Makes the other one of two databases the one that is written to, and writes that into both stack files. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const { from, to } = chooseStacks(values);
  const directory = process.cwd();
  const stacks = [readRunningStack(directory, from), readRunningStack(directory, to)] as const;
  guardContexts(stacks);
  const places = pairOf(stacks);
  await confirm(
    `Make ${places.to.self} (stack ${to}) the database that is written to, instead of ${places.from.self} (stack ${from})?`,
    Boolean(values["yes"]),
    output,
  );
  const guard = async () => {
    for (const stack of [from, to]) await guardUnlocked(directory, stack, output);
  };
  const switched = await switchPrimary({ ...places, guard, progress: output });
  const files = [from, to].flatMap((stack) => rememberPrimary(directory, stack, switched.to) ?? []);
  await endSwitch(places.from);
  output.result({ stacks: { from, to }, ...switched, files }, lines(switched, { from, to }, files));
  return ExitCode.Done;
}

function lines(
  { from, to, begunAt, secondsWithoutWrites }: Switched,
  stacks: { readonly from: string; readonly to: string },
  files: readonly string[],
): string[] {
  const head =
    begunAt === "done"
      ? `${to} is written to already, and ${from} follows it`
      : `${to} is written to now, and ${from} follows it` +
        (secondsWithoutWrites === undefined ? "" : `; ${secondsWithoutWrites} s without writes`);
  return [
    head,
    ...(files.length > 0
      ? [`${files.join(" and ")} say so now: git add ${files.map(shellWord).join(" ")}`]
      : []),
    `the applications follow with: stagewright up --stack ${stacks.to} && stagewright up --stack ${stacks.from}`,
  ];
}

function chooseStacks({ from, to }: Values): { readonly from: string; readonly to: string } {
  if (typeof from === "string" && typeof to === "string" && from !== to) return { from, to };
  throw new CliError(
    "it is not said between which two stacks: stagewright switch-primary --from south --to north",
    ExitCode.Usage,
  );
}

/** Each stack belongs to a cluster of its own, so one of them must be the one that the person has before him. */
function guardContexts(stacks: readonly DeclaredStack[]): void {
  const problems = stacks.map(({ name, settings }) => contextProblem(name, settings.kubernetes.context));
  const [problem] = problems;
  if (problem !== undefined && problems.every((found) => found !== undefined)) {
    throw new ReleaseError("usage", problem);
  }
}

/** The databases of both stacks, which must be declared as each other's. */
function pairOf([from, to]: readonly [DeclaredStack, DeclaredStack]): { from: Place; to: Place } {
  const [one, other] = [placeOf(from), placeOf(to)];
  for (const [stack, expected] of [
    [from, other.self],
    [to, one.self],
  ] as const) {
    const found = stack.settings.database.replica?.source.name;
    if (found === expected) continue;
    throw new ReleaseError(
      "usage",
      `stacks ${from.name} and ${to.name} are no pair: database.replica.source.name of ${stack.name} is ` +
        `${found}, and not ${expected}`,
    );
  }
  return { from: one, to: other };
}

function placeOf({ name, client, settings }: DeclaredStack): Place {
  const { replica } = settings.database;
  if (replica === undefined) {
    throw new ReleaseError(
      "usage",
      `the database of stack ${name} is not one of two: Pulumi.${name}.yaml has no database.replica`,
    );
  }
  return { stack: name, client, namespace: settings.kubernetes.namespace, self: replica.self };
}
