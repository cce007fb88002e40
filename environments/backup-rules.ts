import { type Mistake, pathText, removeCommand, setCommand } from "./mistakes";
import { describe, valueAt } from "./shape";

/** Folder under `secrets` that holds the object store's credentials; the application never sees it. */
export const BACKUP_BINDING = "backup";

const CREDENTIALS = [
  ["database", "backup", "secretName"],
  ["database", "backup", "identity"],
  ["secrets", BACKUP_BINDING],
] as const;

/** Combinations of a backup and a recovery that cannot work; those of a wrong shape are not judged. */
export function backupRules(stack: string, raw: unknown, broken: readonly string[]): Mistake[] {
  const whole = (path: string) => !broken.some((at) => path === at || path.startsWith(`${at}.`));
  const has = (key: string) => valueAt(raw, ["database", key]) !== undefined;
  const credentials = whole("database.backup") && whole(`secrets.${BACKUP_BINDING}`);
  return [
    ...(credentials ? (has("backup") ? credentialRules(stack, raw) : withoutBackup(stack, raw)) : []),
    ...(whole("database.drill") && whole("database.backup") && has("drill") && !has("backup")
      ? [drillWithoutBackup(stack, raw)]
      : []),
    ...(whole("database.recovery") && has("recovery") ? recoveryRules(stack, raw) : []),
  ];
}

function credentialRules(stack: string, raw: unknown): Mistake[] {
  const given = CREDENTIALS.filter((path) => valueAt(raw, path) !== undefined);
  if (given.length === 1) return [];
  const ways = CREDENTIALS.map((path) => pathText(path)).join(", ");
  if (given.length === 0) {
    return [
      {
        path: "database.backup",
        found: "no credentials",
        expected: `one of ${ways}`,
        command: ["ACCESS_KEY_ID", "ACCESS_SECRET_KEY"]
          .map((key) => `pulumi config set --stack ${stack} --secret --path secrets.${BACKUP_BINDING}.${key}`)
          .join(" && "),
      },
    ];
  }
  return given.slice(1).map((path) => ({
    path: pathText(path),
    found: path[0] === "secrets" ? "credentials" : describe(valueAt(raw, path)),
    expected: `nothing, as ${pathText(given[0] ?? [])} is given: one of ${ways}`,
    command: removeCommand(stack, path),
  }));
}

function drillWithoutBackup(stack: string, raw: unknown): Mistake {
  const drill = ["database", "drill"];
  return {
    path: pathText(drill),
    found: describe(valueAt(raw, drill)),
    expected: "nothing, as there is no database.backup that could be restored",
    command: removeCommand(stack, drill),
  };
}

function withoutBackup(stack: string, raw: unknown): Mistake[] {
  if (valueAt(raw, ["secrets", BACKUP_BINDING]) === undefined) return [];
  return [
    {
      path: `secrets.${BACKUP_BINDING}`,
      found: "the credentials of a backup",
      expected: "database.backup.destination beside it: this folder is never the application's",
      command: setCommand(stack, ["database", "backup", "destination"], "s3://BUCKET/PATH"),
    },
  ];
}

const path = (key: string) => ["database", "recovery", key] as const;

function recoveryRules(stack: string, raw: unknown): Mistake[] {
  const at = (key: string) => valueAt(raw, ["database", "recovery", key]);
  if (at("targetTime") !== undefined && at("targetName") !== undefined) {
    return [
      {
        path: pathText(path("targetName")),
        found: describe(at("targetName")),
        expected: "nothing, as database.recovery.targetTime is given: a recovery stops once",
        command: removeCommand(stack, path("targetName")),
      },
    ];
  }
  if (at("targetName") !== undefined && at("backupId") === undefined) {
    return [
      {
        path: pathText(path("backupId")),
        found: "nothing",
        expected: "the base backup to begin with, as only a time tells it by itself",
        command: setCommand(stack, path("backupId"), "20261124T020000"),
      },
    ];
  }
  return [];
}
