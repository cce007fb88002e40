import * as pulumi from "@pulumi/pulumi";
import { withDefaults } from "../manifests/defaults";
import { DeletionPolicy, type PostgresClusterArgs, SpreadPolicy } from "../postgres-cluster-args";
import { type Backup, backupParameters, backupProblem, serverNameOf, settleBackup } from "./backup";
import { poolerProblem } from "./pool";
import { recoveryProblem } from "./recovery";
import { administratorName, administratorProblem } from "./role-administrator";
import { follows, type Replica, replicaProblem, settleReplica } from "./replica";
import { declaredProblem } from "./roles-and-databases";
import { REPLICATION_TIMINGS } from "./timings";

const DEFAULTS = {
  instances: 1,
  parameters: {},
  database: "app",
  clients: [],
  roles: [],
  databases: [],
  operatorNamespace: "cnpg-system",
  spread: SpreadPolicy.Required,
  deletion: DeletionPolicy.Retain,
  timeoutSeconds: 900,
  labels: {},
  annotations: {},
} satisfies Partial<PostgresClusterArgs>;

/** The arguments of a cluster, with nothing left open. */
export type Settings = Omit<PostgresClusterArgs, "backup" | "replica"> &
  Required<Pick<PostgresClusterArgs, keyof typeof DEFAULTS>> & {
    readonly backup?: Backup;
    readonly replica?: Replica;
  };

/** Fills in the defaults, and what replication and a backup need of PostgreSQL. */
export function settle(name: string, args: PostgresClusterArgs): Settings {
  const settings = withDefaults(DEFAULTS, args);
  const { backup: given, replica: pair, ...rest } = settings;
  const backup = given && settleBackup(given);
  const replica = pair && settleReplica(name, pair, backup);
  const ours = {
    // One that follows another one's archive would ask the object store for the next file twice a second.
    ...(settings.instances > 1 && !follows(replica) ? REPLICATION_TIMINGS : {}),
    ...(backup ? backupParameters(backup) : {}),
  };
  const parameters = pulumi.output(settings.parameters).apply((own) => ({ ...ours, ...own }));
  return { ...rest, ...(backup ? { backup } : {}), ...(replica ? { replica } : {}), parameters };
}

/** What is wrong with the arguments of a cluster; `undefined` when nothing is. */
export function settingsProblem(name: string, settings: Settings): string | undefined {
  const { instances, backup, recovery, replica, pooler, roles, roleAdministrator, databases } = settings;
  if (!Number.isInteger(instances) || instances < 1) {
    return `instances is ${instances}; it must be a whole number of at least 1`;
  }
  const administrators = roleAdministrator ? [{ name: administratorName(roleAdministrator) }] : [];
  const own = backup && (replica?.ownServerName ?? serverNameOf(name, backup));
  return (
    (backup && backupProblem(backup)) ??
    (recovery && recoveryProblem(recovery, own)) ??
    (replica && replicaProblem(replica, backup)) ??
    (pooler && poolerProblem(pooler)) ??
    declaredProblem([...roles, ...administrators], databases) ??
    (roleAdministrator && administratorProblem(roleAdministrator, roles))
  );
}
