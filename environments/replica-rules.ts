import { type Case, isBroken, mistake, sound } from "./case";
import { type Mistake, setCommand } from "./mistakes";

const at = (...keys: string[]) => ["database", "replica", ...keys];

/** Combinations that make no pair of databases; those of a wrong shape are not judged. */
export function replicaRules(subject: Case): Mistake[] {
  if (sound(subject, ...at()) === undefined || isBroken(subject, ...at())) return [];
  return [...withoutBackup(subject), ...namesOfPair(subject)];
}

function withoutBackup(subject: Case): Mistake[] {
  const path = ["database", "backup"];
  if (sound(subject, ...path) !== undefined || isBroken(subject, ...path)) return [];
  const expected = "an archive, as each of the two databases follows the other one's";
  return [
    mistake(subject, path, expected, setCommand(subject.stack, [...path, "destination"], "s3://BUCKET/PATH")),
  ];
}

function namesOfPair(subject: Case): Mistake[] {
  const { stack } = subject;
  const paths = [at("self"), at("primary"), at("source", "name"), at("source", "serverName")] as const;
  const [self, primary, other, serverName] = paths.map((path) => sound(subject, ...path));
  if (typeof self !== "string" || typeof other !== "string") return [];
  if (self === other) {
    const expected = `the name of the other database, not ${self}, which is database.replica.self`;
    return [mistake(subject, paths[2], expected, setCommand(stack, paths[2], "OTHER"))];
  }
  const generation = sound(subject, "database", "backup", "generation");
  return [
    ...(typeof primary === "string" && primary !== self && primary !== other
      ? [
          mistake(
            subject,
            paths[1],
            `${self} (database.replica.self) or ${other} (database.replica.source.name)`,
            setCommand(stack, paths[1], self),
          ),
        ]
      : []),
    ...(serverName === `${self}-${typeof generation === "number" ? generation : 1}`
      ? [
          mistake(
            subject,
            paths[3],
            "the other database's archive: this one is written by this database itself",
            setCommand(stack, paths[3], `${other}-1`),
          ),
        ]
      : []),
  ];
}
