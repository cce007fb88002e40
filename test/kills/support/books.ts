import { LEDGER_REF } from "../../../release/ledger";
import { type DeploymentRecord, parseRecord } from "../../../release/records";
import { parseVersion } from "../../../environments/version";
import type { Project, Saved, Stack, Tags } from "./project";

/** What an errand must have brought in the end, however often it was begun. */
export interface Outcome {
  readonly stack: Stack;
  readonly operation: DeploymentRecord["operation"];
  readonly version: string;
  readonly digest: string;
  /** Digest that was left. */
  readonly replaces?: string;
  /** Whether the commit gets tags of this version in git; an earlier deployment may have given them. */
  readonly tagsGit: boolean;
  /** How many deployments failed their smoke test before it. */
  readonly failedSmokes: number;
}

/** The records that origin has. */
export function readRecords(project: Project): (DeploymentRecord | string)[] {
  const { origin } = project;
  const notes = project.git(origin, "for-each-ref", "--format=%(refname)", LEDGER_REF);
  if (notes === "") return [];
  return project
    .git(origin, "notes", "--ref", LEDGER_REF, "list")
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "")
    .flatMap((blob) => project.git(origin, "cat-file", "blob", blob).split("\n"))
    .filter(Boolean)
    .map(parseRecord);
}

/** What is wrong at any moment, be it in the middle of an errand: names that were given too early, moved, or are half written. */
export async function wrongAnytime(project: Project, saved: Saved): Promise<string[]> {
  const tags = await project.tags();
  return [...wrongTags(project, saved.tags, tags), ...wrongRuns(project), ...wrongRecords(project)];
}

function wrongTags(project: Project, before: Tags, now: Tags): string[] {
  const moved = [...before].filter(([tag, at]) => isVersion(tag) && now.get(tag) !== at);
  const given = [...now].filter(([tag, at]) => (isVersion(tag) || isStack(tag)) && before.get(tag) !== at);
  const early = given.filter(([tag, at]) => {
    const [stack, digest] = tag.startsWith("refs/") ? factsOf(project, at) : [tag.split(":")[0] ?? "", at];
    return !project.route.hasProved(stack, digest);
  });
  return [
    ...moved.map(([tag, at]) => `${tag} does not name ${at} any more`),
    ...early.map(([tag, at]) => `${tag} names ${at}, which was not proved`),
  ];
}

const nameOf = (tag: string) => tag.slice(tag.indexOf(":") + 1);
const isVersion = (tag: string) => tag.startsWith("refs/") || parseVersion(nameOf(tag)) !== undefined;
const isStack = (tag: string) => tag === `${nameOf(tag)}:${nameOf(tag)}`;

/** Stack and digest of an annotated tag. */
function factsOf(project: Project, tag: string): [string, string] {
  const message = project.git(project.origin, "cat-file", "tag", tag);
  const fact = (name: string) => new RegExp(`^${name}: (\\S+)$`, "m").exec(message)?.[1] ?? "";
  return [fact("stack"), fact("digest")];
}

function runRefs(project: Project): string[] {
  return project
    .git(project.origin, "for-each-ref", "--format=%(refname)", "refs/stagewright")
    .split("\n")
    .filter(Boolean);
}

function wrongRuns(project: Project): string[] {
  return runRefs(project)
    .filter((ref) => {
      try {
        const { began, done } = JSON.parse(project.git(project.origin, "cat-file", "blob", ref)) as {
          began?: unknown;
          done?: unknown;
        };
        return typeof began !== "string" || !Array.isArray(done);
      } catch {
        return true;
      }
    })
    .map((ref) => `${ref} is half written`);
}

function wrongRecords(project: Project): string[] {
  const found = readRecords(project);
  const records = found.filter((record) => typeof record !== "string");
  const broken = found.filter((record) => typeof record === "string");
  const ids = new Set(records.map(({ id }) => id));
  const digests = new Map<string, Set<string>>();
  for (const { version, digest, commit } of records) {
    for (const name of [version, commit]) digests.set(name, (digests.get(name) ?? new Set()).add(digest));
  }
  const double = [...digests].filter(([, named]) => named.size > 1);
  return [
    ...broken.map((reason) => `a record is broken: ${reason}`),
    ...(ids.size === records.length ? [] : ["a record is there twice"]),
    ...double.map(([name, named]) => `${name} has several digests in the ledger: ${[...named].join(", ")}`),
  ];
}

/** What is wrong when all is over. */
export async function wrongInTheEnd(project: Project, saved: Saved, outcome: Outcome): Promise<string[]> {
  const { stack, version, digest, operation, replaces, tagsGit, failedSmokes } = outcome;
  const tags = await project.tags();
  const names: Readonly<Record<string, string | undefined>> = {
    [`${stack}:${version}`]: tags.get(`${stack}:${version}`),
    [`${stack}:${stack}`]: tags.get(`${stack}:${stack}`),
    [`what ${stack} runs`]: project.deployed(stack),
  };
  const wrongNames = Object.entries(names).filter(([, named]) => named !== digest);
  const gitTags = tagsGit ? [version, `${stack}/${version}`].map((name) => `refs/tags/${name}`) : [];
  const records = readRecords(project).filter(
    (record) => typeof record !== "string" && record.stack === stack && !saved.records.includes(record.id),
  ) as DeploymentRecord[];
  const good = records.filter(({ result }) => result === "succeeded");
  const odd = good.filter(
    (record) => record.operation !== operation || record.digest !== digest || record.version !== version,
  );
  const smokes = records.filter(({ result, failedStep }) => result === "failed" && failedStep === "smoke");
  return [
    ...wrongNames.map(([name, named]) => `${name} is ${named}, not ${digest}`),
    ...gitTags.filter((tag) => !tags.has(tag)).map((tag) => `${tag} is missing`),
    ...(good.length === 1 ? [] : [`${good.length} records of success`]),
    ...odd.map((record) => `a record of another success: ${JSON.stringify(record)}`),
    ...(good[0]?.replaces === replaces ? [] : [`it replaces ${good[0]?.replaces}, not ${replaces}`]),
    ...(smokes.length === failedSmokes ? [] : [`${smokes.length} records of a failed smoke test`]),
    ...runRefs(project).map((ref) => `${ref} is left`),
    ...project.leftLocks().map((file) => `${file} is left`),
  ];
}

/** Whether an errand is recorded, and holds no lock any more: to begin it again would be to do it twice. */
export function isOver(project: Project, { records }: Saved, { stack, version }: Outcome): boolean {
  const found = readRecords(project).filter((record) => typeof record !== "string");
  const ended = found.some(
    (record) =>
      record.stack === stack &&
      record.version === version &&
      record.result === "succeeded" &&
      !records.includes(record.id),
  );
  return ended && runRefs(project).length === 0;
}
