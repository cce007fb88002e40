import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DeletionPolicy } from "../postgres-cluster-args";
import { archiveScheduleSpec, objectStoreSpec, snapshotScheduleSpec } from "./backup";
import { ObjectStore } from "./object-store";
import { ScheduledBackup } from "./scheduled-backup";
import { versionOfImage } from "./settled";
import { metadataOf } from "./metadata";
import type { Settings } from "./settings";

/** Makes the store that a cluster archives to; nothing without a backup. It goes and stays as the data does. */
export function createObjectStore(
  name: string,
  settings: Settings,
  parent: pulumi.Resource,
): ObjectStore | undefined {
  const { backup } = settings;
  if (backup === undefined) return undefined;
  return new ObjectStore(
    name,
    { metadata: metadataOf(name, settings), spec: objectStoreSpec(backup) },
    { parent, ...kept(settings) },
  );
}

/**
 * Backs up all data again and again, beginning when the instances run what was declared.
 *
 * No base backup reaches across an upgrade to another major version, and none belongs to two archives: the schedule
 * carries both in its name, so that a new one, which begins with a backup at once, takes the old one's place.
 */
export function scheduleBackups(
  name: string,
  settings: Settings,
  settled: k8s.batch.v1.Job,
  parent: pulumi.Resource,
): void {
  const { backup, image } = settings;
  if (backup === undefined) return;
  const major = pulumi.output(image).apply((used) => versionOfImage(used).split(".")[0]);
  const options = { parent, dependsOn: settled, ...kept(settings) };
  new ScheduledBackup(
    `${name}-backup`,
    {
      metadata: metadataOf(name, settings, pulumi.interpolate`-${backup.generation}-pg${major}`),
      spec: archiveScheduleSpec(name, backup),
    },
    options,
  );
  if (backup.snapshots === undefined) return;
  new ScheduledBackup(
    `${name}-snapshots`,
    {
      metadata: metadataOf(name, settings, "-snapshots"),
      spec: snapshotScheduleSpec(name, backup.snapshots.schedule),
    },
    options,
  );
}

/** A cluster that stays must go on archiving, or its log fills the volume. */
function kept({ deletion }: Settings): Pick<pulumi.CustomResourceOptions, "protect" | "retainOnDelete"> {
  const retain = deletion === DeletionPolicy.Retain;
  return { protect: retain, retainOnDelete: retain };
}
