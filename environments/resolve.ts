import type {
  BackupSettings,
  DeletionPolicy,
  Probes,
  RecoverySettings,
  ReplicaSettings,
  RoleSettings,
  RoleAdministrator,
  SpreadPolicy,
} from "../components";
import { BACKUP_BINDING } from "./backup-rules";
import type { EnvironmentDefinition, Sizes } from "./definition";
import { GRANTS_BINDING, type GrantsSettings, rolesOf, settleGrants } from "./grants-settings";
import { int } from "./int";
import { type Mistake, setCommand } from "./mistakes";
import { prod } from "./prod";
import type { ReleaseSettings } from "./release-settings";
import { checkRules } from "./rules";
import type { StackConfiguration } from "./schema";
import { checkShape, describe, valueAt } from "./shape";
import { test } from "./test";
import { type DeliverySettings, type LoginSettings, settleDelivery, settleLogins } from "./vault-settings";

/** The environments by name. */
const definitions: Readonly<Record<string, EnvironmentDefinition>> = { test, int, prod };

/** A stack with every value settled: the environment's own, overridden within bounds. */
export interface ResolvedStack {
  readonly stack: string;
  readonly definition: EnvironmentDefinition;
  readonly image: { readonly repository: string; readonly digest?: string; readonly build?: BuildSettings };
  readonly database: {
    readonly instances: number;
    readonly image: string;
    readonly storage: string;
    readonly walStorage: string;
    readonly storageClass?: string;
    readonly spread: SpreadPolicy;
    readonly deletion: DeletionPolicy;
    readonly resources: Sizes;
    readonly backup?: BackupSettings;
    readonly recovery?: RecoverySettings;
    readonly replica?: ReplicaSettings & { readonly self: string };
    readonly roles?: RoleSettings[];
    readonly roleAdministrator?: RoleAdministrator;
  };
  /** What watches over the backup, where there is one. */
  readonly archive?: ArchiveSettings;
  /** How it is proved that the backup can be restored. */
  readonly drill?: DrillSettings;
  /** Who else may do what in the database. */
  readonly grants?: GrantsSettings;
  readonly application: {
    readonly replicas: number;
    readonly resources: Sizes;
    readonly host?: string;
    readonly port: number;
    readonly env: Record<string, string>;
    readonly probes: Probes;
    readonly imagePullSecrets: string[];
  };
  readonly route: {
    readonly gateway?: { readonly name: string; readonly namespace: string };
    readonly ingress?: { readonly className: string; readonly tlsSecretName?: string };
  };
  /** Folder, file, value; the values are secret. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly delivery: DeliverySettings;
  /** The logins that Vault makes at the database, where it makes any. */
  readonly logins?: LoginSettings;
  readonly kubernetes: { readonly context?: string; readonly namespace: string };
  readonly release: ReleaseSettings;
}

/** What a stack's archive must show, and what leads to it. */
export interface ArchiveSettings {
  /** What `up` does when nothing is archived, or the last backup is too old. */
  readonly onFailure: "fail" | "warn";
  /** Age in hours at which the last backup is too old. */
  readonly maxAgeHours: number;
  /** Credentials that stand in the configuration; the values are secret. */
  readonly secret?: { readonly name: string; readonly values: Readonly<Record<string, string>> };
}

/** The drill that restores a stack's backup. */
export interface DrillSettings {
  /** The drill that the cluster runs by itself; without it, it is run by hand alone. */
  readonly scheduled?: { readonly schedule: string; readonly backup: BackupSettings };
  /** Age in hours at which the last drill lets no image come any more; without it, none is asked for. */
  readonly maxAgeHours?: number;
}

/** How the image is built, as configured. */
export interface BuildSettings {
  readonly context: string;
  readonly dockerfile?: string;
  readonly builder?: string;
  readonly arguments?: Record<string, string>;
  readonly platforms?: string[];
  readonly cacheRepository?: string;
}

/** Either the settled stack, or everything that is wrong with it. */
export type Resolution = { readonly stack: ResolvedStack } | { readonly mistakes: Mistake[] };

/** Checks a stack's raw configuration as a whole and settles it. Nothing is thrown: see {@link Resolution}. */
export function resolveStack(
  stack: string,
  raw: Readonly<Record<string, unknown>>,
  plainSecrets: readonly (readonly string[])[] = [],
): Resolution {
  const shape = checkShape(stack, raw, plainSecrets);
  const definition = definitionOf(stack, raw);
  const mistakes = [
    ...(definition === undefined ? unknownEnvironment(stack, shape.broken) : []),
    ...shape.mistakes,
    ...checkRules({ stack, definition, raw, broken: shape.broken, plainSecrets }),
  ];
  if (definition === undefined || mistakes.length > 0) return { mistakes };
  return { stack: settle(stack, definition, raw as StackConfiguration) };
}

function definitionOf(stack: string, raw: unknown): EnvironmentDefinition | undefined {
  const named = valueAt(raw, ["environment"]);
  return definitionNamed(typeof named === "string" ? named : stack);
}

/** The environment of a name; `undefined` for one that is none, `constructor` included. */
export function definitionNamed(name: string): EnvironmentDefinition | undefined {
  return Object.hasOwn(definitions, name) ? definitions[name] : undefined;
}

function unknownEnvironment(stack: string, broken: readonly string[]): Mistake[] {
  if (broken.includes("environment")) return [];
  return [
    {
      path: "environment",
      found: describe(undefined),
      expected: `test, int or prod, as the stack's own name, ${stack}, is none of them`,
      command: setCommand(stack, ["environment"], "test"),
    },
  ];
}

function settle(stack: string, definition: EnvironmentDefinition, given: StackConfiguration): ResolvedStack {
  const { image, gateway, ingress } = given;
  const { [BACKUP_BINDING]: credentials, [GRANTS_BINDING]: granting, ...secrets } = given.secrets ?? {};
  const namespace = given.kubernetes?.namespace ?? namespaceOf(image.repository, stack);
  const { logins } = settleLogins(given.vault, namespace);
  return {
    stack,
    definition,
    image: image.digest
      ? { repository: image.repository, digest: image.digest }
      : { repository: image.repository, build: buildSettings(image) },
    database: {
      ...settleDatabase(definition, given.database),
      ...(logins ? { roleAdministrator: { name: logins.administrator, namespace: logins.namespace } } : {}),
    },
    ...settleArchive(definition, given.database?.backup, credentials),
    ...settleDrill(given.database),
    ...settleGrants(given.database?.grants, granting),
    application: settleApplication(definition, given),
    route: present({
      gateway,
      ingress: ingress && present({ className: ingress.class, tlsSecretName: ingress.tls }),
    }),
    secrets,
    delivery: settleDelivery(given.vault, namespace),
    ...(logins ? { logins } : {}),
    kubernetes: present({
      context: given.kubernetes?.context,
      namespace,
    }),
    release: settleRelease(definition, given),
  };
}

/** The image's name and the stack's, as a name that Kubernetes takes; a long one is cut. */
function namespaceOf(repository: string, stack: string): string {
  const name = repository.split("/").at(-1) ?? repository;
  return `${name}-${stack}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/-+$/, "");
}

function buildSettings(image: StackConfiguration["image"]): BuildSettings {
  const { name, cache, ...rest } = image.builder ?? {};
  return present({
    ...rest,
    context: image.context ?? "examples/blog",
    dockerfile: image.dockerfile,
    builder: name,
    cacheRepository: cache,
  });
}

function settleDatabase(
  definition: EnvironmentDefinition,
  given: StackConfiguration["database"] = {},
): ResolvedStack["database"] {
  const usual = definition.database;
  const version = given.version ?? usual.version;
  return present({
    instances: given.instances ?? usual.instances.usual,
    image: given.image ?? `ghcr.io/cloudnative-pg/postgresql:${version}-standard-trixie`,
    storage: given.storage ?? usual.storage.usual,
    walStorage: given.walStorage ?? usual.walStorage.usual,
    storageClass: given.storageClass,
    spread: given.spread ?? usual.spread,
    deletion: given.deletion ?? usual.deletion.usual,
    resources: { ...usual.resources, ...present(given.resources ?? {}) },
    backup: given.backup && settleBackup(given.backup),
    recovery: given.recovery && present(given.recovery),
    replica: given.replica && settleReplica(given.replica),
    roles: given.grants && rolesOf(given.grants),
  });
}

/** Name of the Secret with the credentials that stand in the configuration. */
const BACKUP_SECRET = "database-backup";

type GivenBackup = NonNullable<NonNullable<StackConfiguration["database"]>["backup"]>;
type GivenReplica = NonNullable<NonNullable<StackConfiguration["database"]>["replica"]>;

function settleBackup(given: GivenBackup): BackupSettings {
  const { onFailure: _onFailure, maxAgeHours: _maxAgeHours, snapshots, ...rest } = given;
  const elsewhere = rest.secretName !== undefined || rest.identity !== undefined;
  return present({
    ...rest,
    snapshots: snapshots && present(snapshots),
    secretName: elsewhere ? rest.secretName : BACKUP_SECRET,
  });
}

function settleArchive(
  definition: EnvironmentDefinition,
  given: GivenBackup | undefined,
  values: Readonly<Record<string, string>> | undefined,
): { archive?: ArchiveSettings } {
  if (given === undefined) return {};
  const { onFailure = definition.guards.backupExpected ? "fail" : "warn", maxAgeHours = 26 } = given;
  const secret = values && { name: BACKUP_SECRET, values };
  return { archive: present({ onFailure, maxAgeHours, secret }) };
}

function settleDrill({ drill, backup }: NonNullable<StackConfiguration["database"]> = {}): {
  drill?: DrillSettings;
} {
  if (drill === undefined) return {};
  const { schedule, maxAgeHours } = drill;
  const scheduled = schedule && backup ? { schedule, backup: settleBackup(backup) } : undefined;
  return { drill: present({ scheduled, maxAgeHours }) };
}

function settleReplica({ source, ...rest }: GivenReplica): NonNullable<ResolvedStack["database"]["replica"]> {
  const { streaming } = source;
  return { ...rest, source: present({ ...source, streaming: streaming && present(streaming) }) };
}

function settleApplication(
  definition: EnvironmentDefinition,
  { application: given = {}, database }: StackConfiguration,
): ResolvedStack["application"] {
  const usual = definition.application;
  const pair = database?.replica;
  return present({
    // A database that follows another one takes no writes, so nothing is served beside it until it is switched to.
    replicas: pair && pair.primary !== pair.self ? 0 : (given.replicas ?? usual.replicas.usual),
    resources: { ...usual.resources, ...present(given.resources ?? {}) },
    host: given.host,
    port: given.port ?? 8080,
    env: given.env ?? {},
    probes: present(given.probes ?? {}),
    imagePullSecrets: given.imagePullSecrets ?? [],
  });
}

function settleRelease(
  definition: EnvironmentDefinition,
  { release = {}, application }: StackConfiguration,
): ReleaseSettings {
  const usual = definition.release;
  const { checks, ...shipped } = release.smoke ?? {};
  const probes = [application?.probes?.liveness ?? "/healthz", application?.probes?.readiness ?? "/readyz"];
  const asked = checks ?? [...probes, "/"].map((path) => ({ path }));
  return present({
    from: release.from ?? usual.from,
    soakMinutes: release.soakMinutes ?? usual.soakMinutes,
    smoke: present({ ...shipped, checks: asked.map((check) => present({ status: 200, ...present(check) })) }),
    signing: release.signing && present(release.signing),
    signatureRequired: usual.signatureRequired,
    rollback: release.rollback ?? usual.rollback,
  });
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out what is `undefined`, so that an optional field is either a value or not there. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
