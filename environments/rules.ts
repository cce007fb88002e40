import { parseQuantity } from "../components/manifests/quantity";
import { type Case, isBroken, mistake, sound } from "./case";
import { backupRules } from "./backup-rules";
import type { EnvironmentDefinition, Range, Sizes } from "./definition";
import { grantsRules } from "./grants-rules";
import { kubernetesRules } from "./kubernetes-rules";
import {
  type Mistake,
  pathText,
  removeCommand,
  setCommand,
  setSecretCommand,
  setTextCommand,
} from "./mistakes";
import { releaseRules } from "./release-rules";
import { replicaRules } from "./replica-rules";
import { vaultRules } from "./vault-rules";
import { describe, PLAIN_SECRET, SECRET_NAME, valueAt } from "./shape";

/** Bounds of the environment and combinations that cannot work; every rule speaks for itself. */
export function checkRules(subject: Case): Mistake[] {
  return [
    ...imageRules(subject),
    ...databaseRules(subject),
    ...applicationRules(subject),
    ...routeRules(subject),
    ...secretRules(subject),
    ...backupRules(subject.stack, subject.raw, subject.broken),
    ...replicaRules(subject),
    ...grantsRules(subject),
    ...vaultRules(subject),
    ...kubernetesRules(subject),
    ...releaseRules(subject),
  ];
}

function imageRules(subject: Case): Mistake[] {
  const { stack, definition } = subject;
  if (definition === undefined) return [];
  const buildKeys = ["context", "dockerfile", "builder"].filter(
    (key) => sound(subject, "image", key) !== undefined,
  );
  const digest = sound(subject, "image", "digest");
  if (definition.image === "built") {
    return digest === undefined
      ? []
      : buildKeys.map((key) =>
          mistake(
            subject,
            ["image", key],
            "nothing, as image.digest is given: an image is either built or used",
            removeCommand(stack, ["image", key]),
          ),
        );
  }
  const here = buildKeys.map((key) =>
    mistake(
      subject,
      ["image", key],
      `nothing: environment ${definition.name} builds no image, it takes image.digest`,
      removeCommand(stack, ["image", key]),
    ),
  );
  if (digest !== undefined || isBroken(subject, "image", "digest") || isBroken(subject, "image")) return here;
  const missing = mistake(
    subject,
    ["image", "digest"],
    `the digest that an earlier stage proved, as environment ${definition.name} builds no image`,
    setCommand(stack, ["image", "digest"], "sha256:DIGEST"),
  );
  return [...here, missing];
}

function databaseRules(subject: Case): Mistake[] {
  const { definition } = subject;
  return [...(definition ? databaseBounds(subject, definition) : []), ...versionAndImage(subject)];
}

function databaseBounds(subject: Case, definition: EnvironmentDefinition): Mistake[] {
  const { stack } = subject;
  const { database } = definition;
  const deletion = sound(subject, "database", "deletion");
  const refused = typeof deletion === "string" && !(database.deletion.allowed as string[]).includes(deletion);
  return [
    ...inRange(subject, ["database", "instances"], database.instances),
    ...atLeast(subject, ["database", "storage"], database.storage.least),
    ...atLeast(subject, ["database", "walStorage"], database.walStorage.least),
    ...cpuWithinLimit(subject, "database", database.resources),
    ...(refused
      ? [
          mistake(
            subject,
            ["database", "deletion"],
            `${database.deletion.allowed.join(" or ")} in environment ${definition.name}`,
            setCommand(stack, ["database", "deletion"], database.deletion.usual),
          ),
        ]
      : []),
  ];
}

function versionAndImage(subject: Case): Mistake[] {
  if (
    sound(subject, "database", "version") === undefined ||
    sound(subject, "database", "image") === undefined
  ) {
    return [];
  }
  const path = ["database", "version"];
  const expected = "nothing, as database.image is given: its tag carries the version";
  return [mistake(subject, path, expected, removeCommand(subject.stack, path))];
}

function inRange(subject: Case, path: readonly string[], range: Range): Mistake[] {
  const value = sound(subject, ...path);
  if (typeof value !== "number" || (value >= range.least && value <= range.most)) return [];
  const expected = `a whole number from ${range.least} to ${range.most} in environment ${subject.definition?.name}`;
  return [mistake(subject, path, expected, setCommand(subject.stack, path, String(range.usual)))];
}

function atLeast(subject: Case, path: readonly string[], least: string): Mistake[] {
  const value = sound(subject, ...path);
  if (typeof value !== "string" || (parseQuantity(value) ?? 0) >= (parseQuantity(least) ?? 0)) return [];
  const expected = `${least} or more in environment ${subject.definition?.name}`;
  return [mistake(subject, path, expected, setCommand(subject.stack, path, least))];
}

function cpuWithinLimit(subject: Case, part: string, usual: Sizes): Mistake[] {
  const limitPath = [part, "resources", "cpuLimit"];
  const given = sound(subject, ...limitPath);
  const asked = sound(subject, part, "resources", "cpu");
  if (typeof given !== "string" && typeof asked !== "string") return [];
  const cpu = typeof asked === "string" ? asked : usual.cpu;
  const limit = typeof given === "string" ? given : usual.cpuLimit;
  if (limit === undefined || (parseQuantity(cpu) ?? 0) <= (parseQuantity(limit) ?? 0)) return [];
  return [
    mistake(
      subject,
      limitPath,
      `at least what is reserved, which is ${cpu} (${part}.resources.cpu)`,
      setTextCommand(subject.stack, limitPath, cpu),
      typeof given === "string" ? describe(given) : `${describe(limit)}, the environment's own`,
    ),
  ];
}

function applicationRules(subject: Case): Mistake[] {
  const { stack, definition } = subject;
  const env = sound(subject, "application", "env");
  const suspicious = typeof env === "object" && env !== null ? Object.keys(env) : [];
  return [
    ...(definition ? inRange(subject, ["application", "replicas"], definition.application.replicas) : []),
    ...(definition ? cpuWithinLimit(subject, "application", definition.application.resources) : []),
    ...suspicious
      .filter((key) => SECRET_NAME.test(key))
      .map((key) =>
        mistake(
          subject,
          ["application", "env", key],
          "no secret among the variables: secrets are files, see secrets",
          removeCommand(stack, ["application", "env", key]),
          "a variable that is named like a secret",
        ),
      ),
  ];
}

function routeRules(subject: Case): Mistake[] {
  const { stack, definition } = subject;
  const has = (key: string) => valueAt(subject.raw, [key]) !== undefined;
  const routed = has("gateway") || has("ingress");
  const host = valueAt(subject.raw, ["application", "host"]);
  const example = `blog.${definition?.name ?? "test"}.example.com`;
  const setHost = setCommand(stack, ["application", "host"], example);
  return [
    ...(routed && host === undefined
      ? [
          mistake(
            subject,
            ["application", "host"],
            "a host name, as there is a gateway or an ingress",
            setHost,
          ),
        ]
      : []),
    ...(!routed && definition?.guards.routeRequired
      ? [
          mistake(
            subject,
            ["gateway"],
            `a gateway or an ingress, as environment ${definition.name} must be reachable`,
            `${setCommand(stack, ["gateway", "name"], "public")} && ${setCommand(stack, ["gateway", "namespace"], "gateway")}`,
          ),
        ]
      : []),
  ];
}

/** Folders that the program itself mounts, and those whose Secrets would be the ones of the cluster `blog-db`. */
const RESERVED_BINDINGS = {
  "another name: the database's own credentials are mounted there": ["database", "database-ca"],
  "another name: the database has a Secret of its own that is called so": [
    "app",
    "ca",
    "server",
    "replication",
    "superuser",
    "administrator",
  ].map((name) => `db-${name}`),
};

function secretRules(subject: Case): Mistake[] {
  const reserved = Object.entries(RESERVED_BINDINGS).flatMap(([expected, bindings]) =>
    bindings
      .map((binding) => ["secrets", binding])
      .filter((path) => sound(subject, ...path) !== undefined)
      .map((path) =>
        mistake(subject, path, expected, removeCommand(subject.stack, path), "a name that is taken"),
      ),
  );
  return [
    ...reserved,
    ...subject.plainSecrets
      .filter((path) => !path.some((_, index) => isBroken(subject, ...path.slice(0, index + 1))))
      .map((path) => ({
        path: pathText(path),
        found: PLAIN_SECRET.found,
        expected: `an encrypted value ${PLAIN_SECRET.advice}`,
        command: setSecretCommand(subject.stack, path),
      })),
  ];
}
