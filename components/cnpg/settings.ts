import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { withDefaults } from "../manifests/defaults";
import { objectLabels } from "../manifests/labels";
import { DeletionPolicy, type PostgresClusterArgs, SpreadPolicy } from "../postgres-cluster-args";
import { type Backup, backupParameters, backupProblem, serverNameOf, settleBackup } from "./backup";
import { recoveryProblem } from "./recovery";

const DEFAULTS = {
  instances: 1,
  parameters: {},
  database: "app",
  clients: [],
  operatorNamespace: "cnpg-system",
  spread: SpreadPolicy.Required,
  deletion: DeletionPolicy.Retain,
  timeoutSeconds: 900,
  labels: {},
  annotations: {},
} satisfies Partial<PostgresClusterArgs>;

/** The arguments of a cluster, with nothing left open. */
export type Settings = Omit<PostgresClusterArgs, "backup"> &
  Required<Pick<PostgresClusterArgs, keyof typeof DEFAULTS>> & { readonly backup?: Backup };

/** Fills in the defaults, and what a backup needs of PostgreSQL. */
export function settle(args: PostgresClusterArgs): Settings {
  const settings = withDefaults(DEFAULTS, args);
  const { backup: given, ...rest } = settings;
  if (given === undefined) return rest;
  const backup = settleBackup(given);
  const parameters = pulumi
    .output(settings.parameters)
    .apply((own) => ({ ...backupParameters(backup), ...own }));
  return { ...rest, backup, parameters };
}

/** What is wrong with the arguments of a cluster; `undefined` when nothing is. */
export function settingsProblem(name: string, { instances, backup, recovery }: Settings): string | undefined {
  if (!Number.isInteger(instances) || instances < 1) {
    return `instances is ${instances}; it must be a whole number of at least 1`;
  }
  const own = backup && serverNameOf(name, backup);
  return (backup && backupProblem(backup)) ?? (recovery && recoveryProblem(recovery, own));
}

/** Name, namespace and labels of one of a cluster's objects. */
export function metadataOf(
  name: string,
  { namespace, labels }: Settings,
  suffix: pulumi.Input<string> = "",
): k8s.types.input.meta.v1.ObjectMeta {
  return {
    name: suffix === "" ? name : pulumi.interpolate`${name}${suffix}`,
    namespace,
    labels: objectLabels(name, "database", labels),
  };
}
